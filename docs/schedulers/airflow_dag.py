"""The nightly audit as an Airflow DAG: status 1 (a threshold was passed) skips what follows instead of failing it."""

import os

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

DATA = os.environ.get("INFUSION_DATA", "/data")
HOME = os.environ.get("INFUSION_HOME", "/var/lib/infusion-audit")
INPUTS = f"--claims {DATA}/claims --flowsheets {DATA}/flowsheets --encounters {DATA}/encounters"

with DAG(
    "infusion_audit",
    schedule="15 2 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="UTC"),
    catchup=False,
    max_active_runs=1,
) as dag:
    doctor = BashOperator(
        task_id="doctor",
        bash_command=f"infusion-audit doctor --quiet {INPUTS} --out {HOME}/runs",
    )
    audit = BashOperator(
        task_id="audit",
        bash_command=f"infusion-audit --log json audit --quiet {INPUTS} --state {HOME}/state --out {HOME}/runs --keep 14 --fail-on quarantined=1000",
        skip_on_exit_code=1,
        retries=2,
    )
    verify = BashOperator(task_id="verify", bash_command=f"infusion-audit verify {HOME}/runs/latest")
    doctor >> audit >> verify

//! Every kind in the layouts in which it is published. The rows are invented; the layouts are not.

use super::*;

fn read_text(kind: Kind, file: &str, text: &str) -> Result<Table, ImportError> {
    read(kind, file, text.as_bytes(), &ImportOptions::default())
}

fn days(table: &Table) -> (String, String) {
    (table.effective_from.to_string(), table.effective_to.map_or_else(String::new, |to| to.to_string()))
}

#[test]
fn payment_limits_say_their_quarter() {
    let text = "Payment Allowance Limits for Medicare Part B Drugs,,,\n,,,\n\
                \"Effective January 1, 2026 through March 31, 2026\",,,\n\
                HCPCS Code,Short Description,HCPCS Code Dosage,Payment Limit\n\
                J9999,some drug,10 MG,\"1,137.828\"\nJ9998,another,1 MG,0.022\n,,,\n";
    let table = read_text(Kind::AspPaymentLimits, "limits.csv", text).unwrap();
    assert_eq!(days(&table), ("2026-01-01".to_owned(), "2026-03-31".to_owned()));
    assert_eq!(table.rows, [["J9998", "0.022"], ["J9999", "1137.828"]]);
    assert_eq!(table.to_csv(), "hcpcs,limit\nJ9998,0.022\nJ9999,1137.828\n");
}

#[test]
fn addendum_b_takes_its_quarter_from_its_name_and_its_year_from_its_title() {
    let text = "Addendum B.-- OPPS Payment by HCPCS Code for CY 2025,,,,,\n\
                HCPCS Code,Short Descriptor,SI,APC,Relative Weight,Payment Rate\n\
                96365,infusion,S,5693,2.4,\"$ 1,210.69 \"\n96368,more,N,,,\n";
    let table = read_text(Kind::OppsAddendumB, "October 2025 Web Addendum B.csv", text).unwrap();
    assert_eq!(days(&table), ("2025-10-01".to_owned(), "2025-12-31".to_owned()));
    assert_eq!(table.rows, [["96365", "S", "5693", "1210.69"], ["96368", "N", "", ""]]);
    let table = read_text(Kind::OppsAddendumB, "addendum.csv", text).unwrap();
    assert_eq!(days(&table), ("2025-01-01".to_owned(), "2025-12-31".to_owned()));
}

#[test]
fn relative_values_become_dollars_by_the_files_factor_or_the_given_one() {
    let text = ",,2025 National Physician Fee Schedule Relative Value File October Release,,,,,,,,,,,\n\
                ,,,STATUS,,WORK,NON-FAC,NA,FACILITY,NA,MP,NON-FACILITY,FACILITY,CONV\n\
                HCPCS,MOD,DESCRIPTION,CODE,PAYMENT,RVU,PE RVU,INDICATOR,PE RVU,INDICATOR,RVU,TOTAL,TOTAL,FACTOR\n\
                96365,,infusion,A,,0.21,1.5,,NA,NA,0.05,1.79,0.30,32.3465\n";
    let table = read_text(Kind::MpfsRelativeValues, "PPRRVU2025_Oct.csv", text).unwrap();
    assert_eq!(days(&table), ("2025-10-01".to_owned(), "2025-12-31".to_owned()));
    assert_eq!(table.rows, [["96365", "", "A", "57.9", "9.7"]]);
    let options = ImportOptions { conversion_factor: Some(Decimal::from(100)), ..ImportOptions::default() };
    let table = read(Kind::MpfsRelativeValues, "PPRRVU2025_Oct.csv", text.as_bytes(), &options).unwrap();
    assert_eq!(table.rows, [["96365", "", "A", "179", "30"]]);
}

#[test]
fn the_crosswalk_keeps_both_codes_of_an_ndc_and_skips_packages_that_do_not_add_up() {
    let text = "Effective January 1, 2026 through March 31, 2026\n\
                _2026_CODE,Short Description,LABELER NAME,NDC2,Drug Name,HCPCS dosage,PKG SIZE,PKG QTY,BILLUNITS,BILLUNITSPKG\n\
                J1111,one,\"Maker, LLC\",00001-0001-01,Brandone,10 MG,100,1,10,10\n\
                J2222,two,Maker,00001-0001-01,Brandone,1 MG,100,1,100,100\n\
                J1111,one,Maker,00001-0001-02,Brandone,10 MG,50,4,5,10\n";
    let table = read_text(Kind::AspNdcCrosswalk, "crosswalk.csv", text).unwrap();
    let ndcs: Vec<&str> = table.rows.iter().map(|row| row[0].as_str()).collect();
    assert_eq!(ndcs, ["00001000101", "00001000101"]);
    assert_eq!(table.skipped.len(), 1);
    assert_eq!(table.skipped[0].line, 5);
}

#[test]
fn code_pairs_read_in_the_published_and_in_the_reshaped_layout() {
    let published = "CPT only copyright\nColumn1/Column2 Edits\n\
                     Column 1\tColumn 2\t*=In existence\tEffective\tDeletion\tModifier\n\
                     prior to 1996\tDate\tDate\n\
                     96413\t96365\t\t20060101\t*\t1\tMisuse\n\
                     96413\t96999\t\t20060101\t20191231\t0\tMisuse\n\
                     96413\t96998\t\t20060101\t20060101\t9\tMisuse\n";
    let table = read_text(Kind::NcciPtpHospital, "ccioph 2026Q1.txt", published).unwrap();
    assert_eq!(days(&table), ("2026-01-01".to_owned(), "2026-03-31".to_owned()));
    assert_eq!(
        table.rows,
        [["96413", "96365", "2006-01-01", "", "1"], ["96413", "96999", "2006-01-01", "2019-12-31", "0"]]
    );
    let reshaped = "column1,column2,deletion_date,modifier_indicator,rationale\n96413,96365,9999-12-31,1,x\n";
    let table = read_text(Kind::NcciPtpHospital, "ptp_2024Q3.csv", reshaped).unwrap();
    assert_eq!(table.rows, [["96413", "96365", "", "", "1"]]);
}

#[test]
fn unit_limits_keep_the_indicators_digit() {
    let text = "Some words first\n\
                HCPCS/CPT Code,Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n\
                96365,1,3 Date of Service Edit: Clinical,Clinical\n96376,0,2 Date of Service Edit: Policy,Policy\n";
    let name = "MCR_MUE_PractitionerServices_Eff_01-01-2026.csv";
    let table = read_text(Kind::MuePractitioner, name, text).unwrap();
    assert_eq!(days(&table), ("2026-01-01".to_owned(), "2026-03-31".to_owned()));
    assert_eq!(table.rows, [["96365", "1", "3"], ["96376", "0", "2"]]);
}

#[test]
fn code_dates_schedules_and_diagnoses_read() {
    let from = ImportOptions { effective_from: Some("2026-01-01".parse().unwrap()), ..ImportOptions::default() };
    let text =
        "HCPC,SEQNUM,LONG DESCRIPTION,ADD DT,TERM DT\nJ0001,1,a drug,20200101,\nJ0002,1,another,20200101,20241231\n";
    let table = read(Kind::HcpcsLevel2, "anweb.csv", text.as_bytes(), &from).unwrap();
    assert_eq!(table.rows, [["J0001", "2020-01-01", ""], ["J0002", "2020-01-01", "2024-12-31"]]);
    let text = "hcpcs;modifier;amount;percent_of_charge\n96365;;$250.00;\nJ0001;JZ;;60\n96366;;;\n";
    let payer = ImportOptions { payer: Some("Acme Health".to_owned()), ..from.clone() };
    let table = read(Kind::FeeSchedule, "acme.csv", text.as_bytes(), &payer).unwrap();
    assert_eq!(table.rows, [["ACME HEALTH", "96365", "", "250", ""], ["ACME HEALTH", "J0001", "JZ", "", "60"]]);
    assert_eq!(table.skipped.len(), 1);
    let table = read(Kind::DrugDiagnoses, "lcd.csv", b"hcpcs,icd10\nJ1745,k50.*\nJ1745,M06.9\n", &from).unwrap();
    assert_eq!(table.rows, [["J1745", "K50*"], ["J1745", "M069"]]);
}

#[test]
fn a_file_that_cannot_be_used_says_what_to_change() {
    let error = read_text(Kind::AspPaymentLimits, "x.csv", "a,b\n1,2\n").unwrap_err();
    let said = error.to_string();
    assert!(
        said.contains("no line has the headings of asp-payment-limits") && said.ends_with("payment limit"),
        "{said}"
    );
    assert!(said.contains("hcpcs code (or hcpcs)"), "{said}");
    let limits = "HCPCS Code,Payment Limit\nJ0001,1\n";
    let error = read_text(Kind::AspPaymentLimits, "x.csv", limits).unwrap_err();
    assert!(error.to_string().contains("pass --effective-from"));
    let error = read_text(Kind::FeeSchedule, "2026Q1.csv", "hcpcs,amount\n96365,1\n").unwrap_err();
    assert!(error.to_string().contains("pass --payer"));
    let error = read_text(Kind::AspPaymentLimits, "2026Q1.csv", "HCPCS Code,Payment Limit\nnone,1\n").unwrap_err();
    assert!(error.to_string().contains("not one row reads"));
    let options = ImportOptions { effective_to: Some("2020-01-01".parse().unwrap()), ..ImportOptions::default() };
    let error = read(Kind::AspPaymentLimits, "2026Q1.csv", limits.as_bytes(), &options).unwrap_err();
    assert!(error.to_string().contains("--effective-to lies before"));
}

#[test]
fn latin_1_reads() {
    let mut bytes = b"HCPCS Code,Short Descriptor,SI,APC,Payment Rate\n96365,caf".to_vec();
    bytes.extend([0xE9, b',', b'S', b',', b'1', b',', b'2', b'\n']);
    let table = read(Kind::OppsAddendumB, "2026Q1.csv", &bytes, &ImportOptions::default()).unwrap();
    assert_eq!(table.rows, [["96365", "S", "1", "2"]]);
}

fn fees(text: &str) -> Result<Table, ImportError> {
    let options = ImportOptions { payer: Some("Acme  Health ".to_owned()), ..ImportOptions::default() };
    read(Kind::FeeSchedule, "fees 2026Q1.csv", text.as_bytes(), &options)
}

#[test]
fn a_users_headings_of_the_code_are_taken() {
    for heading in ["CPT Code", "HCPCS Code", "CPT/HCPCS", "Procedure Code", "hcpcs", "Code"] {
        let table = fees(&format!("{heading},Amount\n96365,250\n")).unwrap();
        assert_eq!(table.rows, [["ACME HEALTH", "96365", "", "250", ""]], "{heading}");
        let options = ImportOptions::default();
        let text = format!("{heading},ICD-10\nJ1745,K50.*\n");
        let table = read(Kind::DrugDiagnoses, "2026Q1.csv", text.as_bytes(), &options).unwrap();
        assert_eq!(table.rows, [["J1745", "K50*"]], "{heading}");
    }
    let said = fees("Service,Amount\n96365,250\n").unwrap_err().to_string();
    assert!(said.contains("procedure code") && said.contains("percent_of_charge"), "{said}");
    let said = fees("hcpcs,price\n96365,250\n").unwrap_err().to_string();
    assert!(said.contains("amount or percent_of_charge is needed"), "{said}");
}

#[test]
fn amounts_that_would_be_read_as_others_are_refused_by_line() {
    for (cell, problem) in [
        ("1.234,56", "a decimal comma"),
        ("12,5", "a decimal comma"),
        ("1234,567", "a decimal comma"),
        ("-5", "a negative amount"),
        ("$-5.00", "a negative amount"),
        ("(5.00)", "a negative amount"),
    ] {
        let said = fees(&format!("hcpcs,amount\n96365,1\n96366,\"{cell}\"\n")).unwrap_err().to_string();
        assert!(said.contains("line 3") && said.contains(problem), "{cell}: {said}");
    }
    for (cell, read) in [("$1,234.50", "1234.5"), ("1,234", "1234"), ("1234567.5", "1234567.5"), (".5", "0.5")] {
        let table = fees(&format!("hcpcs,amount\n96365,\"{cell}\"\n")).unwrap();
        assert_eq!(table.rows[0][3], read, "{cell}");
    }
    let table = fees("hcpcs,amount\n96365,1\n96366,NA\n").unwrap();
    assert_eq!(table.skipped.len(), 1);
}

#[test]
fn two_prices_of_one_code_are_refused_by_line() {
    let said = fees("hcpcs,amount\n96365,1\n96366,2\n96365,3\n").unwrap_err().to_string();
    assert!(said.contains("line 4: another price for the same code as in line 2"), "{said}");
    assert_eq!(fees("hcpcs,amount\n96365,1\n96365,1.00\n").unwrap().rows.len(), 1);
    assert_eq!(fees("hcpcs,modifier,amount\n96365,,1\n96365,JZ,3\n").unwrap().rows.len(), 2);
}

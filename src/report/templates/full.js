(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("data").textContent);
  var root = document.documentElement;
  var byId = function (id) { return document.getElementById(id); };
  var money = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD" });
  var whole = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
  var dollars = function (cents) { return money.format(cents / 100); };
  var short = function (cents) {
    var value = Math.abs(cents) / 100;
    if (value >= 1e6) { return "$" + (cents / 1e8).toFixed(1) + "M"; }
    return value >= 1e3 ? "$" + (cents / 1e5).toFixed(0) + "k" : whole.format(cents / 100);
  };

  // Charts.
  var color = function (name) { return getComputedStyle(root).getPropertyValue("--" + name).trim(); };
  var drawn = [], pareto = "dollars";
  function chart(id, option) {
    var place = byId(id);
    if (!place || !window.echarts) { return; }
    var one = window.echarts.init(place, null, { renderer: "svg" });
    option.animation = false;
    option.backgroundColor = "transparent";
    option.textStyle = { color: color("ink"), fontFamily: "system-ui, sans-serif" };
    one.setOption(option);
    drawn.push(one);
  }
  function axis(more) {
    return Object.assign({ axisLabel: { color: color("soft") }, axisLine: { lineStyle: { color: color("line") } }, splitLine: { lineStyle: { color: color("line") } } }, more);
  }
  var decal = { enabled: true, decal: { show: true }, label: { enabled: true } };
  var tip = function (format) { return { trigger: "axis", valueFormatter: format, backgroundColor: color("panel"), borderColor: color("line"), textStyle: { color: color("ink") }, confine: true }; };
  var KINDS = [["Leakage", "leakage"], ["Overpayment exposure", "overpayment"], ["Denial risk", "loss"]];
  function stacked(rows, names) {
    return KINDS.map(function (kind) {
      return { name: kind[0], type: "bar", stack: "all", itemStyle: { color: color(kind[1]) }, data: rows.map(function (row) { return row[kind[1]]; }) };
    });
  }
  function draw() {
    drawn.forEach(function (one) { one.dispose(); });
    drawn = [];
    var legend = { textStyle: { color: color("ink") }, top: 0, itemGap: 26 };
    var counts = pareto === "findings";
    var size = function (row) { return counts ? row.findings : row.leakage + row.overpayment + row.loss; };
    var rules = data.rules.slice().sort(function (a, b) { return size(b) - size(a); });
    var all = rules.reduce(function (sum, row) { return sum + size(row); }, 0) || 1;
    var top = rules.filter(function (row) { return size(row) > 0; }).slice(0, 15), run = 0;
    var share = top.map(function (row) { run += size(row); return Math.round(run * 1000 / all) / 10; });
    var bars = counts ? [{ name: "Findings", type: "bar", itemStyle: { color: color("leakage") }, data: top.map(size) }] : stacked(top);
    bars.push({ name: "Running share", type: "line", yAxisIndex: 1, symbol: "circle", itemStyle: { color: color("ink") }, lineStyle: { color: color("ink") }, data: share, tooltip: { valueFormatter: function (v) { return v + " %"; } } });
    chart("chart-pareto", {
      aria: Object.assign({}, decal, { label: { description: "Drivers, largest first, with their running share of the whole; the table below holds the numbers." } }),
      legend: legend, grid: { left: 70, right: 50, top: 40, bottom: 30 }, tooltip: tip(counts ? null : dollars),
      xAxis: axis({ type: "category", data: top.map(function (row) { return row.key; }) }),
      yAxis: [axis({ type: "value", axisLabel: { color: color("soft"), formatter: counts ? undefined : short } }), axis({ type: "value", min: 0, max: 100, splitLine: { show: false }, axisLabel: { color: color("soft"), formatter: "{value} %" } })],
      series: bars
    });
    var months = data.months.filter(function (row) { return row.key; });
    chart("chart-trend", {
      aria: Object.assign({}, decal, { label: { description: "Leakage, overpayment exposure and denial risk by month; the table below holds the numbers." } }),
      legend: legend, grid: { left: 70, right: 60, top: 40, bottom: 30 }, tooltip: tip(dollars),
      xAxis: axis({ type: "category", data: months.map(function (row) { return row.key; }) }),
      yAxis: [axis({ type: "value", axisLabel: { color: color("soft"), formatter: short } }), axis({ type: "value", splitLine: { show: false }, min: 0, max: 100, axisLabel: { color: color("soft"), formatter: "{value} %" } })],
      series: KINDS.map(function (kind, at) {
        return { name: kind[0], type: "line", symbol: ["circle", "rect", "triangle"][at], symbolSize: 8, itemStyle: { color: color(kind[1]) }, lineStyle: { color: color(kind[1]), type: ["solid", "dashed", "dotted"][at] }, data: months.map(function (row) { return row[kind[1]]; }) };
      }).concat([{ name: "Encounters without finding", type: "line", yAxisIndex: 1, symbol: "diamond", itemStyle: { color: color("disputed") }, data: months.map(function (row) { return Math.round(row.clean * 1000 / Math.max(1, row.encounters)) / 10; }), tooltip: { valueFormatter: function (v) { return v + " %"; } } }])
    });
    var heat = data.heat, most = heat.cells.reduce(function (least, cell) { return Math.max(least, cell[2]); }, 1);
    byId("chart-heat").style.height = Math.max(220, 120 + heat.departments.length * 26) + "px";
    chart("chart-heat", {
      aria: { enabled: true, label: { description: "Dollars at stake by department and family of rules." } },
      grid: { left: 10, right: 20, top: 10, bottom: 60, containLabel: true },
      tooltip: { confine: true, backgroundColor: color("panel"), borderColor: color("line"), textStyle: { color: color("ink") }, valueFormatter: dollars },
      xAxis: axis({ type: "category", data: heat.families, axisLabel: { color: color("soft"), rotate: 30, interval: 0 } }),
      yAxis: axis({ type: "category", inverse: true, data: heat.departments.map(function (name) { return name || "not given"; }) }),
      visualMap: { show: false, min: 0, max: most, inRange: { color: [color("heat0"), color("heat1")] } },
      series: [{ type: "heatmap", name: "At stake", data: heat.cells.map(function (cell) { return [cell[1], cell[0], cell[2]]; }), itemStyle: { borderColor: color("paper"), borderWidth: 1 }, label: { show: true, formatter: function (cell) { return cell.value[2] ? short(cell.value[2]) : ""; }, fontSize: 10, color: color("ink"), textBorderColor: color("paper"), textBorderWidth: 3 } }]
    });
    chart("chart-owners", {
      aria: Object.assign({}, decal, { label: { description: "Dollars by who mends them; the table below holds the numbers." } }),
      legend: legend, grid: { left: 10, right: 30, top: 40, bottom: 20, containLabel: true }, tooltip: tip(dollars),
      xAxis: axis({ type: "value", axisLabel: { color: color("soft"), formatter: short } }),
      yAxis: axis({ type: "category", inverse: true, data: data.owners.map(function (row) { return row.key.replace(/_/g, " "); }) }),
      series: stacked(data.owners)
    });
  }
  document.querySelectorAll("[data-pareto]").forEach(function (button) {
    button.addEventListener("click", function () {
      pareto = button.dataset.pareto;
      document.querySelectorAll("[data-pareto]").forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      draw();
    });
  });
  byId("theme").addEventListener("click", function () {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    draw();
  });
  byId("print").addEventListener("click", function () { print(); });
  addEventListener("resize", function () { drawn.forEach(function (one) { one.resize(); }); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", function () { drawn.forEach(function (one) { one.resize({ width: 640 }); }); });
  addEventListener("afterprint", function () { drawn.forEach(function (one) { one.resize({ width: "auto" }); }); });
  draw();

  // Worklist.
  var at = {};
  data.columns.forEach(function (name, place) { at[name] = place; });
  var SHOWN = [
    ["service_date", "Date"], ["encounter_id", "Encounter"], ["rule_code", "Rule"], ["owner", "Who mends it"], ["department", "Department"], ["payer", "Payer"],
    ["expected_codes", "Supported, not billed"], ["billed_codes", "Billed, not supported"], ["net_cents", "Net"], ["expected_loss_cents", "Expected loss"], ["evidence", "Evidence"]
  ];
  var SELECTS = [["rule_code", "Rule"], ["owner", "Who mends it"], ["severity", "Severity"], ["department", "Department"], ["rendering_provider", "Provider"], ["payer", "Payer"], ["setting", "Claim form"]];
  var PAGE = 100, limit = PAGE, order = null, found = [];
  var isMoney = function (name) { return name.slice(-6) === "_cents"; };
  var rows = data.work.map(function (row) { return { row: row, text: row.join("\u0001").toLowerCase() }; });
  var head = document.querySelector("#work thead tr"), body = document.querySelector("#work tbody");
  SHOWN.forEach(function (column) {
    var cell = document.createElement("th"), button = document.createElement("button");
    cell.scope = "col";
    if (isMoney(column[0])) { cell.className = "n"; }
    button.type = "button";
    button.textContent = column[1];
    button.addEventListener("click", function () {
      var down = order && order.name === column[0] ? !order.down : isMoney(column[0]);
      order = { name: column[0], down: down };
      head.querySelectorAll("th").forEach(function (other) { other.removeAttribute("aria-sort"); });
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      update();
    });
    cell.appendChild(button);
    head.appendChild(cell);
  });
  var selects = SELECTS.map(function (of) {
    var label = document.createElement("label"), select = document.createElement("select"), any = new Option("any", "\u0000");
    label.textContent = of[1];
    select.add(any);
    Array.from(new Set(data.work.map(function (row) { return row[at[of[0]]]; }))).sort().forEach(function (value) { select.add(new Option(value || "not given", value)); });
    select.addEventListener("change", function () { limit = PAGE; update(); });
    label.appendChild(select);
    byId("selects").appendChild(label);
    return { place: at[of[0]], select: select };
  });
  function update() {
    var wanted = byId("search").value.toLowerCase(), least = Number(byId("least").value) * 100;
    var set = selects.filter(function (of) { return of.select.value !== "\u0000"; });
    found = rows.filter(function (one) {
      return (!wanted || one.text.indexOf(wanted) >= 0)
        && (!least || Math.max(Math.abs(one.row[at.net_cents]), one.row[at.expected_loss_cents]) >= least)
        && set.every(function (of) { return one.row[of.place] === of.select.value; });
    });
    if (order) {
      var place = at[order.name], sign = order.down ? -1 : 1;
      found.sort(function (a, b) { var x = a.row[place], y = b.row[place]; return x < y ? -sign : x > y ? sign : 0; });
    }
    render();
  }
  function render() {
    var part = document.createDocumentFragment();
    found.slice(0, limit).forEach(function (one) {
      var line = document.createElement("tr");
      SHOWN.forEach(function (column) {
        var cell = document.createElement("td"), value = one.row[at[column[0]]];
        if (column[0] === "rule_code") {
          var link = document.createElement("a"), name = document.createElement("div");
          link.href = "#" + value;
          link.textContent = value;
          name.className = "small";
          name.textContent = one.row[at.rule_name];
          cell.append(link, name);
        } else if (isMoney(column[0])) {
          cell.className = "n " + (column[0] === "net_cents" ? (value < 0 ? "overpayment" : "leakage") : "loss");
          cell.textContent = dollars(value);
        } else {
          cell.textContent = column[0].slice(-6) === "_codes" ? value.split(";").join(" ") : value;
          if (column[0] === "encounter_id" && one.row[at.claim_line]) {
            var claim = document.createElement("div");
            claim.className = "small";
            claim.textContent = one.row[at.claim_line];
            cell.append(claim);
          }
        }
        line.appendChild(cell);
      });
      part.appendChild(line);
    });
    body.replaceChildren(part);
    var sum = function (of) { return found.reduce(function (total, one) { return total + of(one.row); }, 0); };
    var over = sum(function (row) { return Math.min(0, row[at.net_cents]); }), under = sum(function (row) { return Math.max(0, row[at.net_cents]); });
    byId("shown").textContent = found.length + " findings, " + Math.min(limit, found.length) + " shown: " + dollars(under) + " not billed, " + dollars(-over) + " billed without support, " + dollars(sum(function (row) { return row[at.expected_loss_cents]; })) + " expected to be denied. Disputed findings are among them.";
    byId("more").hidden = found.length <= limit;
  }
  byId("search").addEventListener("input", function () { limit = PAGE; update(); });
  byId("least").addEventListener("input", function () { limit = PAGE; update(); });
  byId("more").addEventListener("click", function () { limit += 10 * PAGE; render(); });
  byId("reset").addEventListener("click", function () {
    byId("search").value = byId("least").value = "";
    selects.forEach(function (of) { of.select.value = "\u0000"; });
    limit = PAGE;
    update();
  });
  byId("save").addEventListener("click", function () {
    // Text that a spreadsheet would take for a formula gets an apostrophe in front.
    var cell = function (value) {
      var text = String(value);
      if (typeof value === "string" && /^[=+\-@\t\r]/.test(text)) { text = "'" + text; }
      return /[",\r\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
    };
    var lines = [data.columns].concat(found.map(function (one) { return one.row; })).map(function (row) { return row.map(cell).join(","); });
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
    link.download = "worklist.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  update();

  function open() {
    var term = location.hash && document.getElementById(location.hash.slice(1));
    if (term && term.tagName === "DETAILS") { term.open = true; term.scrollIntoView(); }
  }
  addEventListener("hashchange", open);
  open();
})();

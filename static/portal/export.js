// Pictures and numbers to take away; everything is made in the browser and stays there.
(function (tsweb) {
  "use strict";

  function hand_over(name, address) {
    const link = tsweb.el("a", { href: address, download: name });
    document.body.append(link);
    link.click();
    link.remove();
  }

  function file_name(title, ending) {
    const plain = (title || "chart").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
    return (plain.slice(0, 60) || "chart") + "." + ending;
  }

  // For widgets that make their own files: a download by the title of the widget, a cell of a CSV file.
  tsweb.hand_over = (title, ending, address) => hand_over(file_name(title, ending), address);
  tsweb.csv_cell = cell;

  tsweb.save_picture = async function (view, format) {
    const box = view.plot.getBoundingClientRect();
    const layout = tsweb.themed_layout(view.widget.figure.layout, { plain: true });
    layout.title = { text: tsweb.plain_markup(view.title), x: 0.02, xanchor: "left", font: { size: 15 } };
    layout.showlegend = view.traces.length > 1;
    // Ticks of two lines, the zone and below them the legend; names at the ends of lines keep their room.
    layout.margin = { l: 60, r: Math.max(24, layout.margin.r), t: 48, b: layout.showlegend ? 92 : 64 };
    layout.legend = tsweb.legend_below();
    layout.xaxis = { ...layout.xaxis, showspikes: false };
    if (view.range) {
      layout.xaxis.range = view.range.slice();
      // Off the page nobody sees the switch of the zone: the axis names it.
      Object.assign(layout.xaxis, view.ticks(view.range), { title: { ...(layout.xaxis.title || {}), text: tsweb.plain_markup(view.zone) } });
    }
    const figure = { data: view.shown_data(), layout };
    const address = await Plotly.toImage(figure, {
      format, width: Math.max(640, Math.round(box.width)), height: Math.max(360, Math.round(box.height) + 60),
      scale: format === "png" ? 2 : 1,
    });
    hand_over(file_name(view.title, format), address);
  };

  tsweb.legend_below = () => ({ orientation: "h", x: 0, xanchor: "left", y: 0, yref: "container", yanchor: "bottom" });

  // Plotly reads a little HTML in its texts; a title is a title.
  tsweb.plain_markup = (text) => String(text || "").replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

  // A cell that a spreadsheet would run as a formula gets an apostrophe.
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r]/.test(value) ? "'" + value : value;
    return /[",\n\r]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
  }

  tsweb.csv_of = function (series) {
    const shown = series.filter((one) => one.display !== false);
    const rows = new Map();
    shown.forEach((one, place) => {
      for (const [time_ms, value] of one.samples) {
        if (!rows.has(time_ms)) rows.set(time_ms, new Array(shown.length).fill(null));
        rows.get(time_ms)[place] = value;
      }
    });
    const lines = [["time", ...shown.map((one) => one.label)].map(cell).join(",")];
    for (const time_ms of [...rows.keys()].sort((a, b) => a - b)) {
      lines.push([new Date(time_ms).toISOString(), ...rows.get(time_ms)].map(cell).join(","));
    }
    return lines.join("\r\n") + "\r\n";
  };

  tsweb.save_json = function (title, content) {
    const address = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
    hand_over(file_name(title, "json"), address);
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };

  tsweb.save_csv = function (title, series) {
    const address = URL.createObjectURL(new Blob([tsweb.csv_of(series)], { type: "text/csv" }));
    hand_over(file_name(title, "csv"), address);
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  };
})(window.tsweb);

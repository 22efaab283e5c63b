// Plotly's layout from the tokens of the page, so that charts follow the theme live.
(function (tsweb) {
  "use strict";

  let probe = null;

  function token(name) {
    if (!probe) {
      probe = tsweb.el("span", { hidden: true });
      document.body.append(probe);
    }
    probe.style.color = "var(" + name + ")";
    return getComputedStyle(probe).color;
  }

  function theme() {
    return {
      text: token("--text"), muted: token("--muted"), grid: token("--grid"), zero: token("--zero"),
      raised: token("--raised"), border: token("--border"),
      font: getComputedStyle(document.body).fontFamily,
    };
  }

  function axis(given, colours, is_time, compact) {
    const themed = {
      ...given, color: colours.muted, gridcolor: colours.grid, zerolinecolor: colours.zero,
      linecolor: colours.grid, tickcolor: colours.grid, zerolinewidth: 1, gridwidth: 1,
      tickfont: { size: compact ? 10 : 11, color: colours.muted, ...(given.tickfont || {}) },
      automargin: true, showline: false,
    };
    if (given.title) {
      const title = typeof given.title === "string" ? { text: given.title } : given.title;
      themed.title = compact || !title.text ? { text: "" } : { ...title, font: { size: 11, color: colours.muted } };
    }
    if (is_time) {
      Object.assign(themed, {
        showgrid: Boolean(given.showgrid), zeroline: false, showspikes: false, rangeslider: { visible: false },
        fixedrange: Boolean(compact), tickangle: given.tickangle || 0, nticks: given.nticks || (compact ? 4 : 0),
      });
    } else {
      themed.fixedrange = true;
      if (compact) themed.nticks = 4;
    }
    return themed;
  }

  tsweb.themed_layout = function (layout, { compact = false, plain = false } = {}) {
    const colours = theme();
    const coarse = window.matchMedia("(pointer: coarse)").matches;
    const themed = {
      ...layout,
      autosize: true,
      paper_bgcolor: plain ? colours.raised : "rgba(0,0,0,0)",
      plot_bgcolor: plain ? colours.raised : "rgba(0,0,0,0)",
      font: { ...(layout.font || {}), family: colours.font, color: colours.text, size: 12 },
      showlegend: false,
      // Names at the ends of lines have asked the server for their room.
      margin: compact ? { l: 4, r: 4, t: 4, b: 4, pad: 0 } : { l: 12, r: Math.max(14, (layout.margin || {}).r || 0), t: 10, b: 8, pad: 4 },
      // On the page a text keeps clear of lines by its outline; a picture to take away knows no style sheet.
      annotations: compact ? [] : (layout.annotations || []).map((note) => ({ ...note, font: { ...note.font, color: colours.muted }, ...(plain && note.yanchor === "bottom" ? { bgcolor: colours.raised, opacity: 0.9 } : {}) })),
      hovermode: compact ? false : layout.hovermode || "x unified",
      hoversort: "value descending",
      hoverlabel: {
        bgcolor: colours.raised, bordercolor: colours.border, align: "left", namelength: 40,
        font: { family: colours.font, color: colours.text, size: 12 },
      },
      dragmode: coarse || compact ? false : "zoom",
      modebar: { orientation: "h" },
    };
    delete themed.title;
    delete themed.template;
    delete themed.width;
    delete themed.height;
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis\d*$/.test(name)) themed[name] = axis(layout[name] || {}, colours, name[0] === "x", compact);
    }
    if (!themed.xaxis) themed.xaxis = axis({ type: "date" }, colours, true, compact);
    if (!themed.yaxis) themed.yaxis = axis({}, colours, false, compact);
    return themed;
  };
})(window.tsweb);

// Small helpers. Texts always go in as text nodes, never as HTML.
window.tsweb = window.tsweb || {};
(function (tsweb) {
  "use strict";

  tsweb.el = function (name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  };

  tsweb.debounce = function (action, wait_ms) {
    let timer = 0;
    return function (...given) {
      clearTimeout(timer);
      timer = setTimeout(() => action.apply(this, given), wait_ms);
    };
  };

  // Whether a drawn picture has another size than its box by now.
  tsweb.outgrown = function (figure_box) {
    const drawn = figure_box._fullLayout;
    return Math.abs(drawn.width - figure_box.clientWidth) > 1 || Math.abs(drawn.height - figure_box.clientHeight) > 1;
  };

  tsweb.csrf = () => document.querySelector('meta[name="csrf-token"]').content;

  class Refused extends Error {
    constructor(message, status) { super(message); this.status = status; }
  }
  tsweb.Refused = Refused;

  async function answer_of(response) {
    let body = null;
    try { body = await response.json(); } catch (error) { body = null; }
    if (response.ok && body !== null) return body;
    const first = body && (body.errors ? body.errors[0].message : body.error || body.detail);
    throw new Refused(first || "the server answered " + response.status, response.status);
  }

  async function send(address, options) {
    try {
      return await fetch(address, { method: "POST", credentials: "same-origin", ...options });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused("the server can't be reached", 0);
    }
  }

  tsweb.post_json = async (address, body, signal) => answer_of(await send(address, {
    headers: { "Content-Type": "application/json", "X-CSRFToken": tsweb.csrf(), Accept: "application/json" },
    body: JSON.stringify(body), signal,
  }));

  // keepalive: the page may go away before the answer.
  tsweb.post_form = async (address, fields, keepalive = false) => answer_of(await send(address, {
    headers: { "X-CSRFToken": tsweb.csrf(), Accept: "application/json" },
    body: new URLSearchParams(fields), keepalive,
  }));
})(window.tsweb);

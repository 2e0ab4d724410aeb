/* Brings anywidget views to life in a page without a kernel, from the widget state that MyST-NB
   embeds (nbformat's widget-state JSON). Needs no server: works on file:// and offline. */
(() => {
  "use strict";
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const VIEW = 'script[type="application/vnd.jupyter.widget-view+json"]';

  /** The part of a widget model that a view uses; there is no kernel to save to. */
  class Model {
    #state;
    #listeners = new Map();

    constructor({ state, buffers = [] }) {
      this.#state = { ...state };
      for (const { path, data } of buffers) {
        const parent = path.slice(0, -1).reduce((node, key) => node[key], this.#state);
        parent[path.at(-1)] = decodeBase64(data);
      }
    }

    get(key) {
      return this.#state[key];
    }

    set(key, value) {
      const wanted = typeof key === "string" ? { [key]: value } : key;
      const changed = Object.keys(wanted).filter((name) => !Object.is(this.#state[name], wanted[name]));
      for (const name of changed) this.#state[name] = wanted[name];
      for (const name of changed) this.#emit(`change:${name}`, wanted[name]);
      if (changed.length) this.#emit("change");
    }

    on(events, listener) {
      for (const event of events.split(" ")) {
        if (!this.#listeners.has(event)) this.#listeners.set(event, new Set());
        this.#listeners.get(event).add(listener);
      }
    }

    off(event, listener) {
      if (!event) this.#listeners.clear();
      else if (listener) this.#listeners.get(event)?.delete(listener);
      else this.#listeners.delete(event);
    }

    save_changes() {}
    send() {}

    #emit(event, ...values) {
      for (const listener of [...(this.#listeners.get(event) ?? [])]) listener(this, ...values);
    }
  }

  function decodeBase64(text) {
    return new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
  }

  /** Do `make(text)` once for each text: widgets of one class share module and style sheet. */
  function once(make) {
    const made = new Map();
    return (text) => made.get(text) ?? made.set(text, make(text)).get(text);
  }

  const importModule = once(async (text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { default: exported } = await import(url);
    URL.revokeObjectURL(url);
    return typeof exported === "function" ? exported() : exported;
  });

  const addStyle = once((text) => {
    const style = document.createElement("style");
    style.textContent = text;
    return document.head.appendChild(style);
  });

  /** Draw one view in place of the static picture that stands before its script element. */
  async function mount(script, model) {
    addStyle(model.get("_css") ?? "");
    const widget = await importModule(model.get("_esm"));
    const el = document.createElement("div");
    el.className = "demo-live";
    el.dataset.page = "";
    const picture = script.previousElementSibling;
    script.before(el);
    try {
      await widget.initialize?.({ model });
      await widget.render?.({ model, el });
    } catch (error) {
      el.remove();
      throw error;
    }
    if (picture?.matches("img.demo-fallback")) picture.hidden = true;
  }

  function start() {
    const models = new Map();
    for (const script of document.querySelectorAll(STATE)) {
      for (const [id, entry] of Object.entries(JSON.parse(script.textContent).state)) {
        if (entry.model_module === "anywidget") models.set(id, new Model(entry));
      }
    }
    for (const script of document.querySelectorAll(VIEW)) {
      const model = models.get(JSON.parse(script.textContent).model_id);
      if (model) mount(script, model);
    }
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();

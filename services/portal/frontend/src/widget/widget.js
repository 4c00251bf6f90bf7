// Help on any site: one script tag, everything in a shadow tree, no cookies. Suggests answers while one writes and
// sends what is left to a person. `<script src="https://desk.example/widget.js" data-lang="es" defer></script>`
import style from "./widget.css";
import { WORDS } from "./words.js";

const script = document.currentScript;
const base = new URL(script.src).origin;
const wanted = (script.dataset.lang || document.documentElement.lang || navigator.language || "en").slice(0, 2);
const lang = WORDS[wanted] ? wanted : "en";
const say = WORDS[lang];
const KEPT = "triaje-widget";
const PAUSE = 450; // milliseconds without a key: a person has stopped to read
const LEAST = 8; // characters before it is worth asking

function kept(store, key, value) {
  try {
    if (value === undefined) return store.getItem(key);
    if (value === null) store.removeItem(key);
    else store.setItem(key, value);
  } catch { /* a site without storage keeps nothing */ }
  return null;
}

async function call(path, body, signal) {
  const options = body ? { method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
  const answer = await fetch(`${base}/widget/api/${path}`, { ...options, signal, credentials: "omit", mode: "cors" });
  if (!answer.ok) throw Object.assign(new Error(String(answer.status)), { status: answer.status });
  return answer.status === 204 ? null : answer.json();
}

function make(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value != null) node.setAttribute(key, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

class Widget {
  constructor() {
    this.session = null;
    this.once = null;
    const host = make("div", { "data-triaje-widget": true });
    this.root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    this.root.adoptedStyleSheets = [sheet];
    this.build();
    document.body.append(host);
    this.restore();
    this.about();
  }

  build() {
    this.launch = make("button", { class: "launch", type: "button", "aria-expanded": "false", "aria-controls": "panel", onclick: () => this.toggle() }, say.open);
    this.fields = {
      subject: make("input", { id: "subject", maxlength: 200, autocomplete: "off", required: true }),
      body: make("textarea", { id: "body", rows: 4, required: true }),
      email: make("input", { id: "email", type: "email", maxlength: 254, autocomplete: "email", required: true }),
      name: make("input", { id: "name", maxlength: 200, autocomplete: "name" }),
    };
    const label = (id) => make("label", { for: id }, say[id]);
    this.live = make("p", { class: "sr", "aria-live": "polite", role: "status" });
    this.answers = make("div", { class: "answers" }, make("p", { class: "hint" }, say.hint));
    this.note = make("p", { class: "note", role: "alert", hidden: true });
    this.button = make("button", { class: "main", type: "submit" }, say.send);
    this.label = make("p", { class: "desk" });
    this.news = make("div", { class: "news", hidden: true });
    this.form = make("form", { novalidate: true, onsubmit: (event) => this.send(event), oninput: () => this.written() },
      label("subject"), this.fields.subject, label("body"), this.fields.body, this.answers,
      label("email"), this.fields.email, label("name"), this.fields.name, this.note, this.button);
    this.end = make("div", { hidden: true, tabindex: "-1" });
    this.panel = make("section", { class: "panel", id: "panel", role: "dialog", "aria-labelledby": "title", lang, hidden: true,
      onkeydown: (event) => event.key === "Escape" && this.toggle(false) },
      make("header", {}, make("div", {}, this.label, make("h2", { id: "title" }, say.title)), make("button", { class: "close", type: "button", "aria-label": say.close, onclick: () => this.toggle(false) }, "×")),
      this.news, this.form, this.end, this.live);
    this.root.append(this.launch, this.panel);
  }

  toggle(open = this.panel.hidden) {
    this.panel.hidden = !open;
    if (open) this.about();
    this.launch.setAttribute("aria-expanded", String(open));
    (open ? (this.form.hidden ? this.end : this.fields.subject) : this.launch).focus();
  }

  async about() {
    if (this.known) return;
    this.known = true;
    try {
      const desk = await call(`desk?lang=${lang}`);
      this.label.textContent = desk.name;
      if (desk.palette) this.colour(desk.palette);
      this.news.replaceChildren(...desk.notices.map((told) => make("section", { class: `told told-${told.severity}` },
        make("h3", {}, told.title), told.body ? make("p", {}, told.body) : null)));
      this.news.hidden = !desk.notices.length;
    } catch { this.known = false; /* asked again when it is opened again */ }
  }

  colour(palette) {
    const pairs = { accent: [palette.accent, palette.accent_dark], on: [palette.on, palette.on_dark] };
    const set = (at) => Object.entries(pairs).map(([name, pair]) => `--${name}: ${pair[at]};`).join(" ");
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`:host { ${set(0)} } @media (prefers-color-scheme: dark) { :host { ${set(1)} } }`);
    this.root.adoptedStyleSheets = [...this.root.adoptedStyleSheets.slice(0, 1), sheet];
  }

  restore() {
    const saved = JSON.parse(kept(sessionStorage, KEPT) || "{}");
    for (const [name, field] of Object.entries(this.fields)) field.value = saved[name] || "";
    this.session = saved.session || null;
  }

  keep() {
    const values = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value]));
    kept(sessionStorage, KEPT, JSON.stringify({ ...values, session: this.session }));
  }

  written() {
    this.keep();
    const text = `${this.fields.subject.value} ${this.fields.body.value}`;
    if (text === this.asked) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(text), PAUSE);
  }

  async ask(text) {
    if (text.trim().length < LEAST) return;
    this.asked = text;
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const found = await call("suggestions", {
        subject: this.fields.subject.value.slice(0, 500), body: this.fields.body.value.slice(0, 5000), lang,
        session: this.session, visitor: kept(localStorage, KEPT),
      }, this.asking.signal);
      this.session = found.session;
      kept(localStorage, KEPT, found.visitor);
      this.keep();
      if (found.shown) this.show(found.items);
    } catch { /* no answers just now: sending goes on */ }
  }

  show(items) {
    const key = items.map((item) => item.article).join();
    if (key === this.shown) return; // what is open stays open
    this.shown = key;
    this.answers.replaceChildren(
      ...(items.length ? [make("h3", {}, say.perhaps), ...items.map((item) => this.answer(item))] : [make("p", { class: "hint" }, say.none)]));
    this.live.textContent = items.length ? say.some(items.length) : "";
  }

  answer(item) {
    const full = make("div", { class: "full", lang: item.lang });
    const passage = make("p", { class: "passage", lang: item.lang }, ...item.highlight.map((part) => (part.marked ? make("mark", {}, part.text) : part.text)));
    const box = make("details", { ontoggle: () => box.open && this.read(item, full, passage) },
      make("summary", { lang: item.lang }, item.title), passage, full,
      make("div", { class: "acts" }, make("button", { class: "plain", type: "button", onclick: () => this.solved(item) }, say.solved),
        make("a", { href: `${base}${item.href}`, target: "_blank", rel: "noopener" }, say.more)));
    return box;
  }

  async read(item, full, passage) {
    if (full.childNodes.length) return;
    full.textContent = say.loading;
    this.tell("opened", item.article);
    try {
      const page = await call(`articles/${item.lang}/${encodeURIComponent(item.slug)}`);
      full.innerHTML = page.html; // sanitised by the desk: no scripts, styles, frames or foreign pictures
      for (const link of full.querySelectorAll("a[href]")) Object.assign(link, { href: new URL(link.getAttribute("href"), base).href, target: "_blank", rel: "noopener" });
      passage.hidden = true;
    } catch { full.textContent = ""; }
  }

  tell(kind, article) {
    if (this.session) call(`sessions/${this.session}/events`, { kind, article }).catch(() => {});
  }

  solved(item) {
    this.tell("solved", item.article);
    this.finish(say.glad);
  }

  async send(event) {
    event.preventDefault();
    const values = Object.fromEntries(Object.entries(this.fields).map(([name, field]) => [name, field.value.trim()]));
    if (!values.subject || !values.body || !values.email.includes("@")) return this.wrong(say.missing);
    this.button.disabled = true;
    this.button.textContent = say.sending;
    this.once ??= crypto.randomUUID?.() ?? String(Math.random()).slice(2) + Date.now();
    try {
      const made = await call("requests", { ...values, session: this.session, once: this.once, lang });
      this.finish(say.sent(made.number));
    } catch (error) {
      this.wrong(error.status === 429 ? say.slow : error.status === 422 ? say.missing : say.failed);
    } finally {
      this.button.disabled = false;
      this.button.textContent = say.send;
    }
  }

  wrong(text) {
    this.note.hidden = false;
    this.note.className = "note wrong";
    this.note.textContent = text;
    const empty = Object.values(this.fields).find((field) => field.required && !field.value.trim());
    (empty ?? this.button).focus();
  }

  finish(text) {
    kept(sessionStorage, KEPT, null);
    this.session = this.once = this.shown = this.asked = null;
    clearTimeout(this.timer);
    this.fields.subject.value = this.fields.body.value = "";
    this.form.hidden = this.note.hidden = true;
    this.answers.replaceChildren(make("p", { class: "hint" }, say.hint));
    this.end.replaceChildren(make("p", {}, text), make("button", { class: "plain", type: "button", onclick: () => this.anew() }, say.again));
    this.end.hidden = false;
    this.live.textContent = text;
    this.end.focus();
  }

  anew() {
    this.end.hidden = true;
    this.form.hidden = false;
    this.fields.subject.focus();
  }
}

function start() {
  if (!document.querySelector("[data-triaje-widget]")) new Widget();
}
if (document.body) start();
else document.addEventListener("DOMContentLoaded", start);

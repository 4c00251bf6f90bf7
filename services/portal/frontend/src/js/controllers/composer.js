import { Controller } from "@hotwired/stimulus";
import { forget, keep, kept, keptAt } from "../kept.js";

// Where an agent writes. Text is kept on this device at once and at the desk a moment later, until it is sent.
// A reply waits some seconds in which it can be taken back; what was a private note becomes public by a second key only.
export default class extends Controller {
  static targets = ["text", "reply", "note", "whom", "label", "saved", "draft", "draftId", "once", "guard", "hold"];
  static values = { key: String, kept: Number, wait: { type: Number, default: 5 } };

  connect() {
    const saved = kept(this.keyValue);
    if (saved?.body && this.sentAlready(saved.body)) forget(this.keyValue);
    else if (saved?.body && keptAt(this.keyValue) > this.keptValue) {
      this.textTarget.value = saved.body;
      this.draftIdTarget.value = saved.draft || "";
      (saved.kind === "note" ? this.noteTarget : this.replyTarget).checked = true;
    }
    this.was = this.noteTarget.checked ? "note" : "reply";
    this.tell();
    this.savedTarget.hidden = !this.textTarget.value;
    this.sent = (event) => { if (event.detail.key === this.keyValue) this.clear(); };
    this.stop = (event) => { if (!this.leaving && this.was === "reply") { event.preventDefault(); event.stopImmediatePropagation(); this.holdBack(); } };
    this.away = () => this.flush();
    document.addEventListener("desk:sent", this.sent);
    this.element.addEventListener("submit", this.stop, true);
    window.addEventListener("pagehide", this.away);
  }
  disconnect() {
    document.removeEventListener("desk:sent", this.sent);
    this.element.removeEventListener("submit", this.stop, true);
    window.removeEventListener("pagehide", this.away);
    if (this.later) { clearTimeout(this.later); this.remember(); }
    this.flush();
  }

  // -- reply or note
  kind() {
    const wanted = this.noteTarget.checked ? "note" : "reply";
    if (wanted === "reply" && this.was === "note" && this.textTarget.value.trim() && !this.armed) {
      this.noteTarget.checked = true;
      this.armed = true;
      this.guardTarget.hidden = false;
      return;
    }
    this.was = wanted;
    this.armed = false;
    this.guardTarget.hidden = true;
    this.tell();
    this.save();
  }
  publish() {
    this.armed = true;
    this.replyTarget.checked = true;
    this.kind();
    this.textTarget.focus();
  }
  tell() {
    this.element.dataset.kind = this.was;
    this.whomTarget.textContent = this.whomTarget.dataset[this.was];
    this.labelTarget.textContent = this.labelTarget.dataset[this.was];
  }
  focus(kind) {
    (kind === "note" ? this.noteTarget : this.replyTarget).checked = true;
    this.kind();
    if (this.was === kind) this.textTarget.focus();
  }

  // -- keeping
  typed(event) {
    if (this.tried) { this.onceTarget.value = crypto.randomUUID(); this.tried = false; }
    document.dispatchEvent(new CustomEvent("desk:writing"));
    this.save();
    if (event?.inputType === "insertText") this.shortcut(event.data);
  }
  // "/" on an empty line opens the macros, "@" in a note the colleagues.
  shortcut(typed) {
    const before = this.textTarget.value.slice(0, this.textTarget.selectionStart);
    if (typed === "/" && /(^|\n)\/$/.test(before)) { this.drop(); this.dispatch("wish", { detail: { dialog: "pick-macro", typed } }); }
    if (typed === "@" && this.was === "note" && /(^|\s)@$/.test(before)) this.dispatch("wish", { detail: { dialog: "pick-mention", typed: "" } });
  }
  save() {
    const body = this.textTarget.value;
    const done = keep(this.keyValue, { body, kind: body && this.was, draft: body && this.draftIdTarget.value });
    this.savedTarget.hidden = !body || !done;
    this.mark("here");
    clearTimeout(this.later);
    this.later = setTimeout(() => this.remember(), 1500);
  }
  remember() {
    this.later = null;
    if (this.leaving) return;
    const body = new URLSearchParams({ kind: this.was, body: this.textTarget.value, draft: this.draftIdTarget.value });
    fetch(this.element.action.replace(/messages$/, "draft"), { method: "POST", body, keepalive: body.toString().length < 60000, headers: this.headers })
      .then((answer) => { if (answer.ok && !this.later) this.mark("there"); })
      .catch(() => {});
  }
  mark(where) {
    const words = this.savedTarget.querySelector("span");
    if (words) words.textContent = this.savedTarget.dataset[where];
  }
  get headers() { return { "X-CSRF-Token": document.querySelector('meta[name="csrf-token"]')?.content ?? "" }; }
  sentAlready(body) {
    const mine = [...document.querySelectorAll(".msg--mine .prose")].at(-1);
    return mine && plain(mine.textContent) === plain(body);
  }

  // -- sending
  send(event) {
    event?.preventDefault();
    if (!this.textTarget.value.trim() || this.timer) return;
    this.tried = true;
    this.element.requestSubmit();
  }
  holdBack() {
    if (this.timer || !this.textTarget.value.trim()) return;
    this.textTarget.readOnly = true;
    this.element.classList.add("is-holding");
    this.holdTarget.hidden = false;
    this.textTarget.blur();
    this.timer = setTimeout(() => this.now(), this.waitValue * 1000);
  }
  now() {
    this.release();
    this.leaving = true;
    clearTimeout(this.later);
    this.later = null;
    this.element.requestSubmit();
    this.leaving = false;
  }
  unsend() {
    this.release();
    this.textTarget.focus();
  }
  release() {
    clearTimeout(this.timer);
    this.timer = null;
    this.textTarget.readOnly = false;
    this.element.classList.remove("is-holding");
    this.holdTarget.hidden = true;
  }
  // Who turns to another ticket or closes the page while a reply waits has meant it: it leaves now.
  flush() {
    if (!this.timer) return;
    this.release();
    const body = new URLSearchParams(new FormData(this.element));
    const key = this.keyValue;
    fetch(this.element.action, { method: "POST", body, redirect: "manual", keepalive: body.toString().length < 60000, headers: this.headers })
      .then((answer) => { if (answer.ok || answer.type === "opaqueredirect") forget(key); })
      .catch(() => {});
  }
  clear() {
    clearTimeout(this.later);
    this.later = null;
    forget(this.keyValue);
    this.textTarget.value = "";
    this.draftIdTarget.value = "";
    this.savedTarget.hidden = true;
    this.draftTarget.replaceChildren();
  }
  insert(text) {
    const field = this.textTarget;
    const before = field.value.slice(0, field.selectionStart), after = field.value.slice(field.selectionEnd);
    const gap = before.trim() && !before.endsWith("\n") ? "\n\n" : "";
    this.put(before + gap + text, after);
  }
  put(before, after) {
    const field = this.textTarget;
    field.value = before + after;
    field.focus();
    field.setSelectionRange(before.length, before.length);
    this.typed();
  }
  // The "/" that opened the macros is no part of the text, unless none was chosen; "@" is followed by a name.
  drop() {
    const at = this.textTarget.selectionStart;
    this.put(this.textTarget.value.slice(0, at - 1), this.textTarget.value.slice(at));
  }
  name(text) {
    const at = this.textTarget.selectionStart;
    this.put(this.textTarget.value.slice(0, at) + text, this.textTarget.value.slice(at));
  }
  take() {
    const draft = this.draftTarget.querySelector("[data-draft-id]");
    if (!draft) return;
    this.replyTarget.checked = true;
    this.kind();
    if (this.was !== "reply") return;
    this.draftIdTarget.value = draft.dataset.draftId;
    this.insert(draft.querySelector("[data-draft-text]").value);
    this.draftTarget.replaceChildren();
  }
  refuse() {
    const draft = this.draftTarget.querySelector("[data-draft-id]");
    if (!draft) return;
    window.htmx.ajax("POST", `/agent/drafts/${draft.dataset.draftId}/refusal`, { source: this.draftTarget, target: this.draftTarget, swap: "innerHTML" });
    this.draftTarget.replaceChildren();
    this.textTarget.focus();
  }
}

const plain = (text) => text.replace(/\s+/g, " ").trim();

import { Controller } from "@hotwired/stimulus";
import { say } from "../say.js";

// A toolbar over a Markdown field. What it writes is typed text: undo works, and without script the field is a field.
export default class extends Controller {
  static targets = ["field", "dialog", "file", "alt", "error"];
  static values = { upload: String };

  wrap(event) {
    const { before, after = before, text = "" } = event.params;
    const field = this.fieldTarget;
    const chosen = field.value.slice(field.selectionStart, field.selectionEnd) || text;
    const start = field.selectionStart + before.length;
    this.type(before + chosen + after);
    field.setSelectionRange(start, start + chosen.length);
  }
  // Puts a mark before every line that is chosen.
  line(event) {
    const field = this.fieldTarget;
    const { mark } = event.params;
    const start = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1;
    const end = field.value.indexOf("\n", field.selectionEnd);
    field.setSelectionRange(start, end < 0 ? field.value.length : end);
    const lines = field.value.slice(field.selectionStart, field.selectionEnd).split("\n");
    this.type(lines.map((text, at) => (mark === "1. " ? `${at + 1}. ` : mark) + text).join("\n"));
  }
  block(event) { this.type(`\n\n${event.params.text.replaceAll("\\n", "\n")}\n\n`); }
  keys(event) {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const mark = { b: "**", i: "*" }[event.key.toLowerCase()];
    if (!mark) return;
    event.preventDefault();
    this.wrap({ params: { before: mark } });
  }
  // execCommand is the one way to write into a field that its undo knows.
  type(text) {
    this.fieldTarget.focus();
    if (!document.execCommand("insertText", false, text)) {
      this.fieldTarget.setRangeText(text, this.fieldTarget.selectionStart, this.fieldTarget.selectionEnd, "end");
      this.fieldTarget.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  // Images and videos: chosen, dropped or pasted; what they show is asked before they are sent.
  pick() { this.ask(null); }
  drop(event) { this.take(event, event.dataTransfer?.files); }
  paste(event) { this.take(event, event.clipboardData?.files); }
  take(event, files) {
    const file = [...(files ?? [])].find((each) => /^(image|video)\//.test(each.type));
    if (!file) return;
    event.preventDefault();
    this.ask(file);
  }
  ask(file) {
    if (file) {
      const carrier = new DataTransfer();
      carrier.items.add(file);
      this.fileTarget.files = carrier.files;
    }
    this.errorTarget.textContent = "";
    this.dialogTarget.showModal();
  }
  close() { this.dialogTarget.close(); }
  async send(event) {
    event.preventDefault();
    const file = this.fileTarget.files[0];
    const alt = this.altTarget.value.trim();
    if (!file || !alt) { this.errorTarget.textContent = this.errorTarget.dataset.missing; return; }
    const body = new FormData();
    body.append("file", file);
    body.append("alt", alt);
    const token = document.querySelector('meta[name="csrf-token"]').content;
    try {
      const answer = await fetch(this.uploadValue, { method: "POST", body, headers: { "X-CSRF-Token": token, Accept: "application/json" } });
      const found = await answer.json();
      if (!answer.ok) { this.errorTarget.textContent = found.error; return; }
      this.close();
      this.type(found.markdown);
      this.fileTarget.value = this.altTarget.value = "";
    } catch { say(document.body.dataset.sayOffline, "danger"); }
  }
}

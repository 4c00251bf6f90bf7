import { Controller } from "@hotwired/stimulus";
import { forget, keep, kept } from "../kept.js";

// Keeps what a person types in a form on this device until it is sent, so that a reload loses nothing.
export default class extends Controller {
  static values = { key: String, done: Boolean };

  connect() {
    if (this.doneValue) { forget(this.keyValue); return; }
    const saved = kept(this.keyValue);
    if (saved) {
      for (const field of this.fields) {
        if (!field.value && saved[field.name]) field.value = saved[field.name];
      }
      this.element.querySelector("textarea")?.dispatchEvent(new Event("input", { bubbles: true }));
    }
    this.save = () => keep(this.keyValue, Object.fromEntries(this.fields.map((f) => [f.name, f.value])));
    this.element.addEventListener("input", this.save);
  }
  disconnect() { this.element.removeEventListener("input", this.save); }
  get fields() { return [...this.element.querySelectorAll("input[type=text], input[type=email], textarea")]; }
}

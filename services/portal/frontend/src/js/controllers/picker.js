import { Controller } from "@hotwired/stimulus";

// A list in a dialog that narrows while one types. Arrow keys move, Enter takes.
export default class extends Controller {
  static targets = ["input", "list", "option", "none"];

  connect() {
    this.done = () => queueMicrotask(() => this.element.close());  // after the form was read, before the next key
    this.element.addEventListener("submit", this.done);
  }
  disconnect() { this.element.removeEventListener("submit", this.done); }
  // The dialog has just been opened; ``keys`` were pressed while it was on its way. Returns those after the choice.
  begin(keys = []) {
    this.inputTarget.value = "";
    this.filter();
    this.inputTarget.focus();
    for (const [at, { key }] of keys.entries()) {
      if (key === "Backspace") this.inputTarget.value = this.inputTarget.value.slice(0, -1);
      else if (key.length === 1) this.inputTarget.value += key;
      if (key === "Backspace" || key.length === 1) this.filter();
      else this.key({ key, target: this.inputTarget, preventDefault() {} });
      if (key === "Enter") return keys.slice(at + 1);
    }
    return [];
  }
  filter() {
    const words = plain(this.inputTarget.value).split(/\s+/).filter(Boolean);
    for (const option of this.optionTargets) {
      const text = plain(option.dataset.words || option.textContent);
      option.hidden = !words.every((word) => text.includes(word));
    }
    for (const group of this.listTarget.querySelectorAll("[data-group]")) {
      group.hidden = ![...group.querySelectorAll("[role=option]")].some((o) => !o.hidden);
    }
    this.noneTarget.hidden = this.visible.length > 0;
    this.select(this.visible[0]);
  }
  key(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
    if (event.key in moves && (event.key.startsWith("Arrow") || !this.inputTarget.value)) {
      event.preventDefault();
      const list = this.visible;
      const at = list.indexOf(this.selected) + moves[event.key];
      this.select(list[Math.max(0, Math.min(list.length - 1, at))]);
    } else if (event.key === "Enter" && event.target === this.inputTarget) {
      event.preventDefault();
      this.selected?.click();
    }
  }
  select(option) {
    for (const each of this.optionTargets) each.setAttribute("aria-selected", each === option ? "true" : "false");
    this.selected = option;
    if (!option) { this.inputTarget.removeAttribute("aria-activedescendant"); return; }
    option.id ||= `option-${Math.random().toString(36).slice(2)}`;
    this.inputTarget.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }
  get visible() { return this.optionTargets.filter((option) => !option.hidden); }
}

// Lower case without accents, so that "credito" finds "crédito".
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

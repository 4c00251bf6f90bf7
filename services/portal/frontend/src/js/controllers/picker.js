import { Controller } from "@hotwired/stimulus";

// A list in a dialog that narrows while one types. Arrow keys move, Enter takes.
export default class extends Controller {
  static targets = ["input", "list", "option", "none"];

  connect() {
    if (this.element.open) this.reset();
    this.done = () => setTimeout(() => this.element.close());  // after the form has been read
    this.element.addEventListener("submit", this.done);
  }
  disconnect() { this.element.removeEventListener("submit", this.done); }
  shown(event) { if (event.newState === "open") this.reset(); }
  reset() {
    this.inputTarget.value = "";
    this.filter();
    this.inputTarget.focus();
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

import { Controller } from "@hotwired/stimulus";

// Leaves by itself, later when the text is long; stays while the pointer rests on it.
export default class extends Controller {
  connect() {
    this.element.addEventListener("pointerenter", () => clearTimeout(this.timer));
    this.element.addEventListener("pointerleave", () => this.later());
    this.later();
  }
  later() {
    this.timer = setTimeout(() => {
      this.element.classList.add("is-leaving");
      setTimeout(() => this.element.remove(), 200);
    }, 3500 + this.element.textContent.length * 40);
  }
  disconnect() { clearTimeout(this.timer); }
}

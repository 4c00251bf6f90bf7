import { Controller } from "@hotwired/stimulus";

// A <details> menu closes on Escape, on a click elsewhere and when focus leaves it.
export default class extends Controller {
  connect() {
    this.outside = (event) => { if (!this.element.contains(event.target)) this.element.open = false; };
    this.key = (event) => {
      if (event.key !== "Escape" || !this.element.open) return;
      this.element.open = false;
      this.element.querySelector("summary").focus();
    };
    document.addEventListener("click", this.outside);
    this.element.addEventListener("keydown", this.key);
  }
  disconnect() {
    document.removeEventListener("click", this.outside);
    this.element.removeEventListener("keydown", this.key);
  }
}

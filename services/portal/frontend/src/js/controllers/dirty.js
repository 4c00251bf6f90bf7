import { Controller } from "@hotwired/stimulus";

// A form that somebody is filling in is not exchanged under the hand by what comes from outside.
export default class extends Controller {
  connect() {
    this.touch = () => { this.dirty = true; };
    this.hold = (event) => {
      const { target, sourceElement } = event.detail.ctx ?? {};
      if (this.dirty && target?.contains?.(this.element) && sourceElement?.tagName !== "FORM") event.preventDefault();
    };
    this.element.addEventListener("input", this.touch);
    document.addEventListener("htmx:before:swap", this.hold);
  }
  disconnect() {
    this.element.removeEventListener("input", this.touch);
    document.removeEventListener("htmx:before:swap", this.hold);
  }
}

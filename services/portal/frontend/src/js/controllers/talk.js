import { Controller } from "@hotwired/stimulus";

// A conversation in a pane of its own: it opens at the beginning of its newest message, stays at its end while the pane
// shrinks (the draft arrives beneath it) or somebody writes, and where the reader is when earlier messages come before.
export default class extends Controller {
  connect() {
    const pane = this.element;
    this.scrolled = () => { this.atEnd = pane.scrollHeight - pane.clientHeight - pane.scrollTop < 4; };
    this.observer = new ResizeObserver(() => { if (this.atEnd) pane.scrollTop = pane.scrollHeight; });
    this.before = (event) => {
      const part = document.getElementById("earlier");
      this.below = part?.contains(event.detail.ctx?.target) ? pane.scrollHeight - pane.scrollTop : null;
    };
    this.after = () => {
      if (this.below === null) return;
      pane.scrollTop = pane.scrollHeight - this.below;
      this.below = null;
      if (document.activeElement === document.body) pane.focus();  // the link that was pressed is gone
    };
    this.below = null;
    this.toNewest();
    this.scrolled();
    pane.addEventListener("scroll", this.scrolled, { passive: true });
    document.addEventListener("htmx:before:swap", this.before);
    document.addEventListener("htmx:after:swap", this.after);
    this.observer.observe(pane);
    for (const part of pane.children) this.observer.observe(part);
  }
  disconnect() {
    this.observer.disconnect();
    this.element.removeEventListener("scroll", this.scrolled);
    document.removeEventListener("htmx:before:swap", this.before);
    document.removeEventListener("htmx:after:swap", this.after);
  }
  // What Triaje asks stands above the conversation and comes first until a colleague has spoken; a single message is
  // read from the top.
  toNewest() {
    const pane = this.element, said = pane.querySelectorAll(".msg, .note");
    const asked = pane.querySelector(".unsure") && !pane.querySelector(".msg--staff, .note");
    if (said.length < 2 || asked || location.pathname.endsWith("/earlier")) return;
    pane.scrollTop += said[said.length - 1].getBoundingClientRect().top - pane.getBoundingClientRect().top - 16;
  }
}

import { Controller } from "@hotwired/stimulus";

// A number in a draft opens its source in the side panel.
export default class extends Controller {
  static targets = ["item"];
  open(event) {
    const item = document.getElementById(`source-${event.currentTarget.dataset.source}`);
    if (!item) return;
    event.preventDefault();
    for (const each of this.itemTargets) each.classList.toggle("is-lit", each === item);
    item.open = true;
    item.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    item.querySelector("summary").focus({ preventScroll: true });
  }
}

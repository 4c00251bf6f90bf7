import { Controller } from "@hotwired/stimulus";
import Sortable from "sortablejs";

// Sections are dragged; the buttons beside each do the same by keyboard and without script.
export default class extends Controller {
  static targets = ["list"];

  connect() {
    this.sortables = this.listTargets.map((list) => Sortable.create(list, {
      group: "sections", handle: "[data-grip]", animation: 120, fallbackOnBody: true, onEnd: (event) => this.moved(event),
    }));
  }
  disconnect() { for (const each of this.sortables) each.destroy(); }
  moved({ item, to, from, newIndex, oldIndex }) {
    if (to === from && newIndex === oldIndex) return;
    const form = item.querySelector("form[data-move]");
    form.elements.parent.value = to.dataset.parent;
    form.elements.place.value = newIndex;
    form.requestSubmit();
  }
}

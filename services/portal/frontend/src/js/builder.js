// The form builder: rows move by hand or by key, on the page itself. Without script each move is a round to the server.
import { Controller } from "@hotwired/stimulus";
import Sortable from "sortablejs";

class Builder extends Controller {
  static targets = ["list", "row", "said"];
  static values = { moved: String };

  connect() {
    this.sortable = Sortable.create(this.listTarget, {
      handle: ".ask-grip", animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onEnd: ({ item }) => this.say(item),
    });
  }
  disconnect() { this.sortable?.destroy(); }
  up(event) { this.move(event, -1); }
  down(event) { this.move(event, 1); }
  move(event, step) {
    event.preventDefault();
    const row = event.currentTarget.closest("li");
    const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
    if (other) other[step < 0 ? "before" : "after"](row);
    event.currentTarget.focus();
    this.say(row);
  }
  say(row) {
    const place = this.rowTargets.indexOf(row) + 1;
    this.saidTarget.textContent = this.movedValue.replace("{field}", row.dataset.name).replace("{place}", place);
  }
}
window.desk.app.register("builder", Builder);

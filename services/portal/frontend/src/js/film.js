// A film from elsewhere is a link; a click puts its player in its place, and nothing is asked of its site before.
export function films() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-film]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: link.dataset.film, title: link.textContent.trim(), allowFullscreen: true, className: "film-frame" });
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    frame.setAttribute("allow", "fullscreen; picture-in-picture");
    link.closest(".film").replaceChildren(frame);
    frame.focus();
  });
}

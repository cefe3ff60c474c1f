// Tells what a mark stands for, below its chart, when it is pointed at or has the focus.
for (const mark of document.querySelectorAll(".mark")) {
  const told = mark.closest("figure").querySelector("output");
  const tell = () => { told.textContent = mark.getAttribute("aria-label"); };
  mark.addEventListener("pointerenter", tell);
  mark.addEventListener("focus", tell);
  mark.addEventListener("click", tell);
}

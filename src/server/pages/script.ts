/** The home page's only script: its copy buttons, which are hidden without it, and where the browser lends no clipboard (http elsewhere). */
export const homeScript = `
if (navigator.clipboard) for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const said = document.getElementById("said");
    said.textContent = "";
    said.textContent = button.getAttribute("aria-label") + ": copied";
    button.textContent = "copied";
    setTimeout(() => { button.textContent = "copy"; }, 2000);
  });
}
`;

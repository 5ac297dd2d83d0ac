"use strict";
(() => {
  const form = document.querySelector("form.find");
  if (!form) return;
  const input = form.querySelector("input");
  const output = form.querySelector("output");
  const messages = Array.from(document.querySelectorAll(".message"));
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = messages.map((one) => fold(one.textContent));
  const days = Array.from(document.querySelectorAll(".day"));
  const find = () => {
    const wanted = fold(input.value.trim());
    let found = 0;
    messages.forEach((one, place) => {
      one.hidden = wanted !== "" && !texts[place].includes(wanted);
      found += one.hidden ? 0 : 1;
    });
    days.forEach((day) => {
      let next = day.nextElementSibling;
      while (next && next.classList.contains("message") && next.hidden) next = next.nextElementSibling;
      day.hidden = !(next && next.classList.contains("message"));
    });
    output.textContent = wanted === "" ? "" : `${found} of ${messages.length} messages`;
  };
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  input.addEventListener("input", find);
})();

"use strict";
// Choosing an option opens the same product with that option chosen.
document.querySelectorAll("input[type=radio][data-url]").forEach((input) => {
  input.addEventListener("change", () => { window.location.href = input.dataset.url; });
});
// The whole card of a product leads to it.
document.querySelectorAll("article.card").forEach((card) => {
  card.addEventListener("click", () => { card.querySelector("a.product-link").click(); });
});

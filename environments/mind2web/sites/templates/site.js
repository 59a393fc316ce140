const one = (selector, from) => (from || document).querySelector(selector);
const all = (selector, from) => [...(from || document).querySelectorAll(selector)];

function say(text) {
  const notice = one('.notice');
  notice.textContent = text;
  notice.hidden = false;
}

function closePopups(but) {
  all('.pick ul, .suggest ul, .calendar .months, nav .sub.open').forEach(popup => {
    if (but && popup.parentElement.contains(but)) return;
    if (popup.matches('.sub')) popup.classList.remove('open'); else popup.hidden = true;
  });
}

function choose(option) {
  const pick = option.closest('.pick');
  one('input[type=hidden]', pick).value = option.dataset.value;
  one('button', pick).textContent = option.textContent;
  option.parentElement.hidden = true;
}

function month(calendar, change) {
  const months = all('.month', calendar);
  const now = months.findIndex(shown => !shown.hidden);
  const next = Math.min(months.length - 1, Math.max(0, now + change));
  months.forEach((shown, number) => { shown.hidden = number !== next; });
}

function tab(button) {
  all('[role=tab]', button.parentElement).forEach(other => other.setAttribute('aria-selected', other === button));
  all('[role=tabpanel]', button.closest('.tabs')).forEach(panel => { panel.hidden = panel.id !== button.getAttribute('aria-controls'); });
}

function press(button) {
  const flip = name => button.setAttribute(name, button.getAttribute(name) !== 'true');
  if (button.matches('.pick > button')) one('ul', button.parentElement).hidden = !one('ul', button.parentElement).hidden;
  if (button.matches('.pick [role=option]')) choose(button);
  if (button.matches('.calendar > button')) one('.months', button.parentElement).hidden = false;
  if (button.dataset.month) month(button.closest('.calendar'), Number(button.dataset.month));
  if (button.dataset.day) {
    const calendar = button.closest('.calendar');
    one('input[type=hidden]', calendar).value = button.dataset.day;
    one('button', calendar).textContent = button.getAttribute('aria-label');
    one('.months', calendar).hidden = true;
  }
  if (button.matches('[role=tab]')) tab(button);
  if (button.matches('[role=switch]')) flip('aria-checked');
  if (button.dataset.flip) flip(button.dataset.flip);
  if (button.dataset.menu !== undefined) one('.sub', button.parentElement).classList.toggle('open');
  if (button.dataset.opens) one(button.dataset.opens).hidden = !one(button.dataset.opens).hidden;
  if (button.dataset.only) {
    all('[data-group=' + button.dataset.group + ']').forEach(other => other.setAttribute('aria-pressed', other === button));
  }
  if (button.dataset.add) {
    const number = one('input', button.parentElement);
    number.value = Math.max(1, Number(number.value) + Number(button.dataset.add));
  }
  if (button.dataset.removes) button.closest(button.dataset.removes).remove();
  if (button.dataset.say) say(button.dataset.say);
}

document.addEventListener('click', event => {
  const button = event.target.closest('button, [role=option], [role=tab], [role=switch]');
  closePopups(event.target);
  if (button) press(button);
});

document.addEventListener('input', event => {
  const suggest = event.target.closest('.suggest');
  if (!suggest) return;
  const typed = event.target.value.toLowerCase();
  all('li', suggest).forEach(option => { option.hidden = !typed || !option.textContent.toLowerCase().includes(typed); });
  one('ul', suggest).hidden = false;
});

all('.suggest li').forEach(option => option.addEventListener('click', () => {
  one('input', option.closest('.suggest')).value = option.textContent.trim();
  option.parentElement.hidden = true;
}));

all('form[data-say]').forEach(form => form.addEventListener('submit', event => {
  event.preventDefault();
  say(form.dataset.say);
}));

all('select[data-go]').forEach(select => select.addEventListener('change', () => {
  const query = new URLSearchParams(location.search);
  query.set(select.name, select.value);
  location.search = query;
}));

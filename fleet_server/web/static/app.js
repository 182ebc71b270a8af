// Theme switch without a reload, the menu of phones, "/" to search. Without this script every page still works.
const root = document.documentElement;
const themeSwitch = document.querySelector('[data-theme-switch]');
if (themeSwitch) {
  const isDark = () =>
    root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  themeSwitch.addEventListener('click', (event) => {
    event.preventDefault();
    const theme = isDark() ? 'light' : 'dark';
    root.dataset.theme = theme;
    fetch(`/theme/${theme}`, { redirect: 'manual' });
    dispatchEvent(new CustomEvent('themechange', { detail: theme }));
  });
}

const menu = document.querySelector('.menu');
if (menu) {
  menu.addEventListener('click', () => {
    const open = menu.closest('.top').classList.toggle('open');
    menu.setAttribute('aria-expanded', String(open));
  });
}

const search = document.querySelector('.find input');
addEventListener('keydown', (event) => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  if (event.key === '/' && search && !typing) {
    event.preventDefault();
    search.focus();
  }
  if (event.key === 'Escape' && menu && menu.getAttribute('aria-expanded') === 'true') {
    menu.click();
    menu.focus();
  }
});

const errors = document.getElementById('errors');
if (errors) errors.focus();

// Work under way above the page is looked at again until it is done.
const notices = document.querySelector('[data-again]');
if (notices && notices.querySelector('progress')) {
  const timer = setInterval(async () => {
    const answer = await fetch(notices.dataset.again).catch(() => null);
    if (!answer || !answer.ok) return;
    notices.innerHTML = await answer.text();
    if (!notices.querySelector('progress')) clearInterval(timer);
  }, 4000);
}

// Who one says one is, remembered in this browser.

const KEY = 'toll-name';

export function whoAmI(): string {
  return localStorage.getItem(KEY) ?? '';
}

export function rememberMe(name: string): void {
  localStorage.setItem(KEY, name);
}

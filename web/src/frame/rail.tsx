// The navigation: a rail at the left, on a phone a drawer.

import { useEffect, useRef } from 'preact/hooks';

import { Button } from '../ui/controls';
import { Cross, Mark, Menu, PAGE_ICONS } from '../ui/icons';
import { Link, useHere } from './here';
import { Jump } from './jump';
import { NAV_GROUPS, NAV_NAMES, pageAt, PAGES, START, type NavGroup }
  from './pages';

export function Brand() {
  return (
    <Link to={START} class="brand" label="toll, start page">
      <Mark />
      <span>toll</span>
    </Link>
  );
}

export function Rail() {
  return (
    <nav class="rail" aria-label="Pages">
      <Brand />
      <Jump keys />
      <Groups />
      <p class="rail-foot">
        <a href="./licenses.txt">Open-source notices</a>
      </p>
    </nav>
  );
}

/** A modal dialog: the browser keeps the focus in it and closes it on
 *  Escape. */
export function Drawer() {
  const dialog = useRef<HTMLDialogElement>(null);
  const { path } = useHere();
  useEffect(() => dialog.current?.close(), [path]);
  return (
    <>
      <Button kind="icon" label="Open the navigation"
        onClick={() => dialog.current?.showModal()}>
        <Menu />
      </Button>
      <dialog ref={dialog} class="drawer" aria-label="Pages"
        onClick={(event) => {
          // A click beside the drawer is one on the dialog itself.
          if (event.target === dialog.current) {
            dialog.current?.close();
          }
        }}>
        <div class="drawer-head">
          <Brand />
          <Button kind="icon" label="Close the navigation"
            onClick={() => dialog.current?.close()}>
            <Cross />
          </Button>
        </div>
        <Groups />
        <p class="rail-foot">
          <a href="./licenses.txt">Open-source notices</a>
        </p>
      </dialog>
    </>
  );
}

function Groups() {
  return <>{NAV_GROUPS.map((group) => <Group key={group} group={group} />)}</>;
}

function Group({ group }: { group: NavGroup }) {
  const { path } = useHere();
  const here = pageAt(path)?.page.path ?? '';
  const pages = PAGES.filter(({ nav }) => nav?.group === group);
  if (pages.length === 0) {
    return null;
  }
  return (
    <div class="rail-group">
      <p class="rail-name">{NAV_NAMES[group]}</p>
      <ul>
        {pages.map(({ path: to, title, nav }) => {
          const Icon = PAGE_ICONS[nav?.icon ?? 'overview'];
          return (
            <li key={to}>
              <Link to={to} class="rail-link"
                current={here === to || here.startsWith(`${to}/`)}>
                <Icon />
                <span>{title}</span>
              </Link>
            </li>
          );
        })}
      </ul>
    </div>
  );
}

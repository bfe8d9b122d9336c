// Icons of one family: strokes on a grid of 18.

const frame = {
  width: 18,
  height: 18,
  viewBox: '0 0 18 18',
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': 1.5,
  'stroke-linecap': 'round',
  'stroke-linejoin': 'round',
  'aria-hidden': 'true',
} as const;

export function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" class="mark-ground" />
      <path d="M8 9h16M16 9v15" fill="none" stroke="#fff" stroke-width="4"
        stroke-linecap="round" />
      <circle cx="24" cy="22" r="2.6" fill="#ffb547" />
    </svg>
  );
}

/** An icon that is nothing but lines. */
function icon(path: string) {
  return () => <svg {...frame}><path d={path} /></svg>;
}

export const Sun = icon('M5.8 9a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0' +
  'M9 1.5v1.6M9 14.9v1.6M1.5 9h1.6M14.9 9h1.6M3.7 3.7l1.1 1.1' +
  'M13.2 13.2l1.1 1.1M3.7 14.3l1.1-1.1M13.2 4.8l1.1-1.1');
export const Moon = icon('M15 11A6.5 6.5 0 0 1 7 3a6.5 6.5 0 1 0 8 8Z');
export const Reload = icon('M15 9a6 6 0 1 1-1.9-4.4M15 2.5v3.2h-3.2');
export const Warning = icon('M9 2.5 16.2 15H1.8ZM9 7.2v3.6M9 12.8v.1');
export const Info = icon('M2.2 9a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0-13.6 0' +
  'M9 8.3v4M9 5.6v.1');
export const Tick = icon('M2.2 9a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0-13.6 0' +
  'M6 9.2l2.1 2.1l4-4.4');
export const Cross = icon('M5 5l8 8M13 5l-8 8');
export const Menu = icon('M2.5 5h13M2.5 9h13M2.5 13h13');
export const Arrow = icon('M4 9h10M10 5l4 4l-4 4');
export const Search = icon('M3 8a5 5 0 1 0 10 0a5 5 0 1 0-10 0' +
  'M11.7 11.7L15.5 15.5');
export const Bookmark = icon('M5 2.8h8v12.4l-4-3.1l-4 3.1Z');
export const Back = icon('M11 4.5L6.5 9l4.5 4.5');
export const Forward = icon('M7 4.5L11.5 9L7 13.5');
export const Printer = icon('M5 6.5v-4h8v4M5 12.5h-2.5v-6h13v6h-2.5' +
  'M5 10.5h8v5h-8Z');
export const Send = icon('M15.5 2.5L2.5 7.8l5 2.7l2.7 5ZM15.5 2.5l-8 8');
export const Upload = icon('M9 11.2V2.8M5.5 6L9 2.6L12.5 6M3 14.8h12');
export const Download = icon('M9 2.5v8.5M5.5 7.8L9 11.2l3.5-3.4M3 14.8h12');

/** What stands before the pages' names in the navigation. */
export const PAGE_ICONS = {
  overview: icon('M2.5 2.5h5.5v6.5h-5.5ZM10.5 2.5h5v4h-5Z' +
    'M2.5 11.5h5.5v4h-5.5ZM10.5 9h5v6.5h-5Z'),
  explore: icon('M2.5 15.5h13M4.5 12.5v-4M8 12.5v-8.5M11.5 12.5v-6' +
    'M15 12.5v-9.5'),
  why: icon('M2.5 4.5h4v4M6.5 8.5h4.5v4.5h4.5M2.5 4.5v11h13'),
  feature: icon('M9 2l6.5 3.6L9 9.2L2.5 5.6ZM2.5 9.2L9 12.8l6.5-3.6' +
    'M2.5 12.6L9 16.2l6.5-3.6'),
  model: icon('M5 5h8v8h-8ZM7.3 7.3h3.4v3.4h-3.4ZM7 2.5v2.5M11 2.5v2.5' +
    'M7 13v2.5M11 13v2.5M2.5 7h2.5M2.5 11h2.5M13 7h2.5M13 11h2.5'),
  customer: icon('M3 15.5v-11l6-2.5v13.5M9 6.5l6 2v7M1.8 15.5h14.4' +
    'M5.5 7.2v.1M5.5 10v.1M5.5 12.8v.1M12 10.5v.1M12 13v.1'),
  owner: icon('M3.8 5.8a2.7 2.7 0 1 0 5.4 0a2.7 2.7 0 1 0-5.4 0' +
    'M1.8 15c.3-2.7 2.2-4.2 4.7-4.2s4.4 1.5 4.7 4.2M12 3.4a2.6 2.6 0 0 1 0 5' +
    'M13.3 11.1c1.7.6 2.7 1.9 2.9 3.9'),
  experiment: icon('M7 2.5h4M7.7 2.5v4.3L3.6 13.6a1.3 1.3 0 0 0 1.1 2h8.6' +
    'a1.3 1.3 0 0 0 1.1-2L10.3 6.8V2.5M5.5 11h7'),
  plan: icon('M9.5 12l-3.5-3.5c1-3.5 4-6.5 9-6.5c0 5-3 8-6.5 9ZM6 8.5H3' +
    'l1.8-2.7h2.4M9.5 12v3l2.7-1.8V10.8M2.8 15.2c.2-1.7.9-2.6 2.2-2.7'),
  whatif: icon('M2.5 6h10M9.8 3.2L12.6 6L9.8 8.8M15.5 12h-10' +
    'M8.2 9.2L5.4 12l2.8 2.8'),
  saving: icon('M2.2 9a6.8 6.8 0 1 0 13.6 0a6.8 6.8 0 1 0-13.6 0' +
    'M9 5v8M6 10l3 3l3-3'),
  alert: icon('M4.5 8a4.5 4.5 0 0 1 9 0c0 3.6 1.5 4.5 1.5 4.5h-12' +
    'S4.5 11.6 4.5 8M7.6 15a1.5 1.5 0 0 0 2.8 0'),
  budget: icon('M9 2l6 2v4.8c0 3.5-2.5 5.9-6 7.2c-3.5-1.3-6-3.7-6-7.2V4Z' +
    'M6.5 9l1.8 1.8l3.3-3.5'),
  review: icon('M4 2.5h10v13h-10ZM6.5 6h5M6.5 9h5M6.5 12h3'),
  quality: icon('M2.5 13a6.5 6.5 0 1 1 13 0M9 13l3-5M2.5 13h1.5M14 13h1.5' +
    'M9 6.5v1.3'),
  reconcile: icon('M4 2.5h10v13l-2-1.3l-1.5 1.3l-1.5-1.3l-1.5 1.3l-1.5-1.3' +
    'L4 15.5ZM6.5 6.5h5M6.5 9.5h5'),
  price: icon('M2.5 9.5v-7h7l6 6l-7 7ZM6 6v.1'),
  view: icon('M5 2.8h8v12.4l-4-3.1l-4 3.1Z'),
  setup: icon('M2.5 5h6M12.5 5h3M2.5 13h3M9.5 13h6M8.5 5a2 2 0 1 0 4 0' +
    'a2 2 0 1 0-4 0M5.5 13a2 2 0 1 0 4 0a2 2 0 1 0-4 0'),
} as const;

export type PageIcon = keyof typeof PAGE_ICONS;

const frame = {
  width: 18,
  height: 18,
  viewBox: '0 0 18 18',
  fill: 'none',
  stroke: 'currentColor',
  'stroke-width': 1.6,
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

export function Sun() {
  return (
    <svg {...frame}>
      <circle cx="9" cy="9" r="3.2" />
      <path d="M9 1.5v1.6M9 14.9v1.6M1.5 9h1.6M14.9 9h1.6M3.7 3.7l1.1 1.1
        M13.2 13.2l1.1 1.1M3.7 14.3l1.1-1.1M13.2 4.8l1.1-1.1" />
    </svg>
  );
}

export function Moon() {
  return (
    <svg {...frame}><path d="M15 11A6.5 6.5 0 0 1 7 3a6.5 6.5 0 1 0 8 8Z" />
    </svg>
  );
}

export function Reload() {
  return (
    <svg {...frame}>
      <path d="M15 9a6 6 0 1 1-1.9-4.4M15 2.5v3.2h-3.2" />
    </svg>
  );
}

export function Warning() {
  return (
    <svg {...frame}>
      <path d="M9 2.5 16.2 15H1.8ZM9 7.2v3.6M9 12.8v.1" />
    </svg>
  );
}

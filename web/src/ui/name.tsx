import { groupLabel } from '../lib/words';

/** A name from outside, always as text; what has none is set apart. */
export function GroupName({ name }: { name: string | null }) {
  return name
    ? <span class="name">{name}</span>
    : <em class="name">{groupLabel(name)}</em>;
}

// Keeping what is on the page: saved under a name, or shared by a link.

import { lazy } from '../ui/lazy';

/** Comes when it is asked for.  It stands beside the bar, not in it, whose
 *  fields look otherwise. */
export const KeepDialog = lazy<{ close: () => void; reload: () => void }>(
  async () => (await import('../pages/views/keep_dialog')).KeepDialog,
  () => null);

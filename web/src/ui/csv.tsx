// A table to take along.

import { csvText } from '../lib/csv';
import { Button } from './controls';
import { Download } from './icons';

interface Props {
  /** Of the file, without its ending. */
  name: string;
  make: () => (string | number)[][];
}

export function CsvButton({ name, make }: Props) {
  const save = () => {
    const url = URL.createObjectURL(new Blob([csvText(make())],
      { type: 'text/csv;charset=utf-8' }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
  return (
    <Button kind="quiet" onClick={save}>
      <Download /> CSV
    </Button>
  );
}

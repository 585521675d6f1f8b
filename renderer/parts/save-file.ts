/** Saves text, given in pieces, as a file by way of the browser's own download. */
export function saveFile(name: string, type: string, pieces: readonly string[]): void {
  const url = URL.createObjectURL(new Blob([...pieces], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken its own hold of it by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

/** Such as `2026-11-23`, for the name of a file. Local time. Pure. */
export function dayOf(at: number): string {
  const day = new Date(at);
  const two = (part: number): string => part.toString().padStart(2, '0');
  return `${day.getFullYear().toString()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

import { InvalidArgumentError } from 'commander';

/** Reads a whole number within bounds. @param what what it is, at the beginning of a sentence */
export const numberBetween =
  (least: number, most: number, what: string) =>
  (text: string): number => {
    const number = Number(text);
    if (!/^\d{1,9}$/.test(text) || number < least || number > most)
      throw new InvalidArgumentError(`${what} is a number from ${least} to ${most}.`);
    return number;
  };

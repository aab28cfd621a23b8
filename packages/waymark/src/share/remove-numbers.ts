/** Finds numbers of cards and bank accounts. Their check digits tell them from ids and times of the same length. */
import { type Removing, replacement } from './secret-kinds.ts';

/** Payment cards: the length and the first digits that networks issue, and a valid check digit. */
export function removeCardNumbers(text: string, removing: Removing): string {
  return text.replace(/(?<![\w.+-]|\d[ ])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d| \d)/g, (found) => {
    const digits = found.replace(/[ -]/g, '');
    return isCardNumber(digits) && removing('card-number') ? replacement : found;
  });
}

const networks =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:5[0678]|6[37])\d{14})$/;

export function isCardNumber(digits: string): boolean {
  if (!networks.test(digits)) return false;
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.charAt(digits.length - 1 - index)) * (index % 2 === 1 ? 2 : 1); // Luhn
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 === 0;
}

/** ISO 13616: two letters, two check digits, and a remainder of 1. */
export function removeIbans(text: string, removing: Removing): string {
  return text.replace(/(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)/g, (found) => {
    const characters = found.replaceAll(' ', '');
    const digits = (characters.slice(4) + characters.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
      String(letter.charCodeAt(0) - 55),
    );
    let remainder = 0;
    for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97;
    return remainder === 1 && removing('iban') ? replacement : found;
  });
}

/** Splits as a shell does, without running anything: quotes join, a backslash keeps. Null: a quote is open. */
export function shellWords(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote === "'" && character !== "'") word += character;
    else if (character === '\\' && keeps(quote, text.charAt(index + 1))) {
      word = `${word ?? ''}${text.charAt(++index)}`;
    } else if (quote !== '' && character === quote) quote = '';
    else if (quote !== '') word += character;
    else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = `${word ?? ''}${character}`;
  }
  if (quote !== '') return null;
  return word === null ? words : [...words, word];
}

function keeps(quote: string, next: string): boolean {
  return quote === '' ? next !== '' : next === '"' || next === '\\';
}

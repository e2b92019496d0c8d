/** Where text goes, and what it can show. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  readonly colour: boolean;
}

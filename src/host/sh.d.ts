/** Shell texts are imported as they are; the build and the tests read them as text. */
declare module '*.sh' {
  const text: string;
  export default text;
}

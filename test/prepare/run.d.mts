/** The root of the checkout. */
export const project: string;

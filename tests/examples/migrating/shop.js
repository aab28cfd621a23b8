// What the code of each tracer works on.
export const jobs = [];

export async function charge(cart) {
  if (cart.includes('unpaid')) throw new Error('card declined');
  return cart.length;
}

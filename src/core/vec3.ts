/** Triples of numbers in x, y, z order, and the element-wise arithmetic that grids need. */

export type Vec3 = readonly [x: number, y: number, z: number];

/** `f` applied per axis (0 = x, 1 = y, 2 = z). */
export function perAxis(f: (axis: 0 | 1 | 2) => number): Vec3 {
  return [f(0), f(1), f(2)];
}

export const ones: Vec3 = [1, 1, 1];
export const zeros: Vec3 = [0, 0, 0];

export const add = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => a[i] + b[i]);
export const subtract = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => a[i] - b[i]);
export const multiply = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => a[i] * b[i]);
export const minimum = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => Math.min(a[i], b[i]));
export const maximum = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => Math.max(a[i], b[i]));
export const floorDivide = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => Math.floor(a[i] / b[i]));
export const ceilDivide = (a: Vec3, b: Vec3): Vec3 => perAxis((i) => Math.ceil(a[i] / b[i]));
export const product = (a: Vec3): number => a[0] * a[1] * a[2];
export const isEqual = (a: Vec3, b: Vec3): boolean => a[0] === b[0] && a[1] === b[1] && a[2] === b[2];

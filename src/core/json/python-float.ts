/** The text of a double as Python's `repr` writes it: an exponent below 1e-4 and from 1e16 (JavaScript: 1e-6 and 1e21). */

/** @param value - finite */
export function pythonFloat(value: number): string {
  const minus = value < 0 || Object.is(value, -0) ? "-" : "";
  // Both languages print the shortest digits that read back as the same double.
  const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= 16) return minus + withExponent(digits, exponent);
  if (exponent < 0) return `${minus}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${minus}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

function withExponent(digits: string, exponent: number): string {
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The name of a scale's folder. Readers take it from the info; only new scales are named here. */
import type { Vec3 } from "../../core/vec3.js";

/**
 * TensorStore's spelling: the shortest text of each number, `4_4_40`, `4.5_4.5_40` (cloud-volume writes `4.0` as soon as one is a fraction).
 *
 * @param resolutionNm - nm per voxel, x y z
 */
export const scaleKey = (resolutionNm: Vec3): string => resolutionNm.map(String).join("_");

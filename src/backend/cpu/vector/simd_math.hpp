// The scalar vocabulary for SIMD vectors: what lets a formula compute 4, 8 or 16 elements at once.
#pragma once

#include "backend/cpu/vector/simd_lanes.hpp"
#include "backend/cpu/vector/simd_logarithm.hpp"
#include "backend/cpu/vector/simd_normal.hpp"
#include "backend/cpu/vector/simd_trigonometry.hpp"

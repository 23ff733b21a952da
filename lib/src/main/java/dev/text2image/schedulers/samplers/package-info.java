/**
 * The samplers, under the hub's class names; {@link dev.text2image.schedulers.samplers.Schedulers} builds them by name.
 *
 * <p>Three families share their layout of a run. DDPM, DDIM, PNDM and LCM walk along timesteps of training. Euler, Heun and LMS walk
 * along sigmas with fractional timesteps and scaled samples ({@code SigmaLevels}); DPM-Solver and UniPC walk along sigmas with whole
 * timesteps and samples of constant variance ({@code SolverLevels}). {@code SigmaSpacing} spreads the sigmas of both (Karras,
 * exponential, beta, Lu). A method of several calls a step repeats levels, one of several steps remembers arrays in the state.
 */
@NullMarked
package dev.text2image.schedulers.samplers;

import org.jspecify.annotations.NullMarked;

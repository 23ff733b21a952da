/** Fine-tuning and sampling of Stable Diffusion models; CONTRIBUTING.md has the map of the packages. */
@NullMarked
package dev.text2image;

import org.jspecify.annotations.NullMarked;

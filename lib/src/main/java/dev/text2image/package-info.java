/** Fine-tuning and sampling of Stable Diffusion models; the packages below this one, bottom up, are listed in README.md. */
@NullMarked
package dev.text2image;

import org.jspecify.annotations.NullMarked;

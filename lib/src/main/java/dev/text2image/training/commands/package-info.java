/**
 * Commands of diffusers' guide, read as they are pasted: {@link dev.text2image.training.commands.GuideCommand} takes a command apart into launcher, script and
 * flags and says which of them have no effect here.
 */
@NullMarked
package dev.text2image.training.commands;

import org.jspecify.annotations.NullMarked;

/**
 * Directories become repositories on the hub.
 *
 * <p>{@link dev.text2image.hub.upload.PushTarget} checks account, name and right before long work, and pushes a directory after it, in
 * one commit: until that is made, nobody sees a change. Contents that the hub has are not sent again, so a push that broke is made
 * once more and goes on.
 */
@NullMarked
package dev.text2image.hub.upload;

import org.jspecify.annotations.NullMarked;

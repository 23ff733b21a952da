/**
 * Models and data sets by their names on the Hugging Face hub.
 *
 * <p>A {@link Hub} downloads the files of a repository ({@link RepoId}) that a {@link FileChoice} picks, into the cache that Python's
 * huggingface_hub uses too; {@link HubPaths} does so where a path is taken. {@link HubSettings} come from the environment variables that
 * Python reads. What goes wrong ends in a {@link HubException}, whose message says what to do; an {@link AccessToken} is sent to the
 * hub's own host only and never printed.
 */
@NullMarked
package dev.text2image.hub;

import org.jspecify.annotations.NullMarked;

package dev.text2image.hub;

import java.util.List;

/** Picks what is needed of a repository. */
@FunctionalInterface
public interface FileChoice {
    /** All files. */
    FileChoice ALL = files -> files;

    /**
     * Picks files.
     *
     * @param files all files of the repository
     * @return those that are downloaded
     * @throws dev.text2image.io.InvalidInputException if the repository lacks what is needed, saying what it holds instead
     */
    List<RepoFile> choose(List<RepoFile> files);

    /**
     * Picks the files in a folder.
     *
     * @param subfolder the folder, with slashes between its parts
     * @return all files in it and below
     */
    static FileChoice under(String subfolder) {
        return files -> files.stream()
                .filter(file -> file.path().startsWith(subfolder + "/"))
                .toList();
    }
}

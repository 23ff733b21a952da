package dev.text2image.data;

import dev.text2image.hub.FileChoice;
import dev.text2image.hub.RepoFile;
import dev.text2image.io.InvalidInputException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/**
 * The files of a repository that make a data set: the Parquet files of its training split, or an image folder.
 *
 * @param folder the folder of the repository that is read; empty for all of it
 */
record DatasetFiles(String folder) implements FileChoice {
    private static final int NAMED = 8;

    /** Takes what stands behind the repository's name in a path. */
    static DatasetFiles of(Path path) {
        boolean whole = path.isAbsolute() || path.getNameCount() <= 2;
        return new DatasetFiles(
                whole ? "" : path.subpath(2, path.getNameCount()).toString().replace('\\', '/'));
    }

    @Override
    public List<RepoFile> choose(List<RepoFile> files) {
        List<RepoFile> single =
                files.stream().filter(file -> file.path().equals(folder)).toList();
        if (!single.isEmpty()) {
            return single;
        }
        List<RepoFile> inside =
                folder.isEmpty() ? files : FileChoice.under(folder).choose(files);
        List<RepoFile> parquet = inside.stream()
                .filter(file -> ParquetShards.isDataName(name(file)))
                .toList();
        List<RepoFile> near = parquet.stream()
                .filter(file -> relative(file).matches("(data/)?[^/]+"))
                .toList();
        if (!near.isEmpty()) {
            List<Path> train = ParquetShards.training(
                    Path.of(folder),
                    near.stream().map(file -> Path.of(file.path())).toList());
            return near.stream()
                    .filter(file -> train.contains(Path.of(file.path())))
                    .toList();
        }
        if (!parquet.isEmpty()) {
            TreeSet<String> folders = new TreeSet<>();
            parquet.forEach(file -> folders.add(relative(file).replaceFirst("/.*", "")));
            throw new InvalidInputException("The data set has several configurations: " + String.join(", ", folders)
                    + "; choose one with dataset_config_name.");
        }
        if (inside.stream().noneMatch(file -> FolderScan.isImage(name(file)))) {
            throw new InvalidInputException("The data set has no Parquet files and no images"
                    + (folder.isEmpty() ? "" : " in " + folder)
                    + "; it holds "
                    + String.join(
                            ", ",
                            files.stream().map(RepoFile::path).limit(NAMED).toList())
                    + ". Scripts and archives are not read.");
        }
        return inside.stream()
                .filter(file -> !relative(file).matches("(.*/)?\\..*"))
                .toList();
    }

    private String relative(RepoFile file) {
        return folder.isEmpty() ? file.path() : file.path().substring(folder.length() + 1);
    }

    private static Path name(RepoFile file) {
        return Path.of(file.path().substring(file.path().lastIndexOf('/') + 1));
    }
}
